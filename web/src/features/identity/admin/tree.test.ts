import { describe, expect, it } from "vitest";
import { mayMove, treeLines, type TeamNode } from "./tree";

const team = (id: string, parentId = ""): TeamNode => ({ id, name: id, parentId, managerId: "" });
const TEAMS = [team("west"), team("berlin", "west"), team("kiez", "berlin"), team("east")];
const byName = (a: string, b: string) => a.localeCompare(b);

describe("the tree of teams", () => {
  it("tells each team below its parent, sorted by name", () => {
    const lines = treeLines(TEAMS, new Set(), byName);
    expect(lines.map(({ team: { id }, level }) => [id, level])).toEqual([
      ["east", 1],
      ["west", 1],
      ["berlin", 2],
      ["kiez", 3],
    ]);
    expect(lines[1]).toMatchObject({ position: 2, siblings: 2, children: 1 });
  });

  it("leaves out what is below folded teams", () => {
    const lines = treeLines(TEAMS, new Set(["west"]), byName);
    expect(lines.map((line) => line.team.id)).toEqual(["east", "west"]);
  });

  it("keeps a team whose parent is not there", () => {
    expect(treeLines([team("lost", "gone")], new Set(), byName)).toHaveLength(1);
  });
});

describe("a move", () => {
  it.each([
    ["berlin", "east", true],
    ["berlin", "", true],
    ["west", "kiez", false],
    ["west", "west", false],
    ["berlin", "west", false],
  ])("of %s below %j is allowed: %s", (id, parent, allowed) => {
    expect(mayMove(TEAMS, id, parent)).toBe(allowed);
  });
});
