/** Teams as a tree: pure functions, no screen. */

export interface TeamNode {
  id: string;
  name: string;
  parentId: string;
  managerId: string;
}

/** A line of the tree, as it is shown. */
export interface TreeLine<Team extends TeamNode> {
  team: Team;
  /** 1 for teams that are part of no other. */
  level: number;
  /** Its place among its siblings, from 1, and how many they are. */
  position: number;
  siblings: number;
  children: number;
}

/** Returns the lines of the tree from top to bottom; what is below folded teams is left out. */
export function treeLines<Team extends TeamNode>(
  teams: Team[],
  folded: ReadonlySet<string>,
  compare: (a: string, b: string) => number,
): TreeLine<Team>[] {
  const known = new Set(teams.map((team) => team.id));
  const below = new Map<string, Team[]>();
  for (const team of teams) {
    // A team whose parent the person does not see stands at the top.
    const parent = known.has(team.parentId) ? team.parentId : "";
    below.set(parent, [...(below.get(parent) ?? []), team]);
  }
  const lines: TreeLine<Team>[] = [];
  function add(parent: string, level: number): void {
    const some = [...(below.get(parent) ?? [])].sort((a, b) => compare(a.name, b.name));
    some.forEach((team, index) => {
      const children = below.get(team.id)?.length ?? 0;
      lines.push({ team, level, position: index + 1, siblings: some.length, children });
      if (!folded.has(team.id)) add(team.id, level + 1);
    });
  }
  add("", 1);
  return lines;
}

/** Whether a team may become part of another (empty: of none): not of itself, nor of one below it. */
export function mayMove(teams: TeamNode[], id: string, parent: string): boolean {
  const parents = new Map(teams.map((team) => [team.id, team.parentId]));
  if (parents.get(id) === parent) return false;
  for (let step = parent, left = teams.length; step && left >= 0; left--) {
    if (step === id) return false;
    step = parents.get(step) ?? "";
  }
  return true;
}
