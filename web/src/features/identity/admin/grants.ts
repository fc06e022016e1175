/** What roles grant, as a table that people read and change: pure functions, no screen. */

export type Scope = "OWN" | "TEAM" | "SUBTREE" | "ALL";
/** A scope, nothing, or different scopes for the verbs of one cell. */
export type Cell = Scope | "" | "MIXED";
export interface Grant {
  permission: string;
  scope: Scope;
}
export interface Permission {
  name: string;
  service: string;
  collection: string;
  verb: string;
  scoped: boolean;
}

/** From the narrowest to the widest. */
export const SCOPES: Scope[] = ["OWN", "TEAM", "SUBTREE", "ALL"];

/** What people do with records, and the verbs that it takes. */
export const ACTIONS = ["read", "create", "change", "delete", "import", "export"] as const;
export type Action = (typeof ACTIONS)[number];
const VERBS: Record<Action, string[]> = {
  read: ["get", "list"],
  create: ["create"],
  change: ["update"],
  delete: ["delete", "undelete"],
  import: ["import"],
  export: ["export"],
};
const MAKES: Action[] = ["create", "import"];
const COMMON = new Set(Object.values(VERBS).flat());

/** A row of the table: one collection, such as `contacts.companies`. */
export interface Row {
  key: string;
  service: string;
  collection: string;
  /** Whether its records have owners, so that more than "all" can be chosen. */
  scoped: boolean;
  /** The permissions behind each action; empty where there is no such action. */
  actions: Record<Action, string[]>;
  /** Permissions of its own, such as `sales.opportunities.win`. */
  special: string[];
}

/** Collections that every service has; they come last. */
const OF_EVERY_SERVICE = ["customFields", "imports", "jobs", "shares"];

/** Returns the rows of the table, service by service; the administration comes last. */
export function rowsOf(permissions: Permission[]): Row[] {
  const rows = new Map<string, Row>();
  for (const { name, service, collection, verb, scoped } of permissions) {
    const key = `${service}.${collection}`;
    const row = rows.get(key) ?? {
      key,
      service,
      collection,
      scoped,
      actions: { read: [], create: [], change: [], delete: [], import: [], export: [] },
      special: [],
    };
    rows.set(key, row);
    if (!COMMON.has(verb)) row.special.push(name);
    for (const action of ACTIONS) {
      if (VERBS[action].includes(verb)) row.actions[action].push(name);
    }
  }
  const last = (row: Row) => OF_EVERY_SERVICE.indexOf(row.collection);
  return [...rows.values()].sort((a, b) =>
    a.service === b.service
      ? last(a) - last(b)
      : Number(a.service === "identity") - Number(b.service === "identity") ||
        a.service.localeCompare(b.service),
  );
}

/** Returns the patterns that open nothing here: parts of Wasl that do not run, or do not run yet. */
export function unknownOf(grants: Grant[], permissions: Permission[]): string[] {
  return grants
    .map((grant) => grant.permission)
    .filter((pattern) => !permissions.some(({ name }) => covers(pattern, name)));
}

/** What grants add up to for one row. */
export interface Sums {
  /** What is done with records that are there, by whose they are, the widest first. */
  reach: { scope: Scope; actions: Action[] }[];
  /** Ways to make new ones. */
  makes: Action[];
  /** Verbs of its own. */
  special: string[];
}

/** Returns what grants add up to for one row, for a sentence. */
export function sumsOf(grants: Grant[], row: Row): Sums {
  const scopes = (permissions: string[]) => permissions.map((one) => scopeOf(grants, one));
  // An action that takes several permissions reaches as far as the narrowest of them.
  const narrowest = (action: Action) =>
    scopes(row.actions[action]).reduce<Scope | "">(
      (found, one, index) => (index === 0 || rank(one) < rank(found) ? one : found),
      "",
    );
  const actions = ACTIONS.filter((action) => !MAKES.includes(action));
  return {
    reach: [...SCOPES]
      .reverse()
      .map((scope) => ({ scope, actions: actions.filter((one) => narrowest(one) === scope) }))
      .filter((one) => one.actions.length > 0),
    makes: MAKES.filter((action) => narrowest(action) !== ""),
    special: row.special
      .filter((one) => scopeOf(grants, one) !== "")
      .map((one) => one.split(".")[2] ?? one),
  };
}

/** Whether a pattern such as `contacts.*` covers a permission. */
export function covers(pattern: string, permission: string): boolean {
  if (pattern === "*" || pattern === permission) return true;
  return pattern.endsWith(".*") && permission.startsWith(pattern.slice(0, -1));
}

/** Returns the widest scope that grants give a permission; empty without one. */
export function scopeOf(grants: Grant[], permission: string): Scope | "" {
  return grants
    .filter((grant) => covers(grant.permission, permission))
    .reduce<Scope | "">((widest, { scope }) => (rank(scope) > rank(widest) ? scope : widest), "");
}

/** Returns what a cell shows: the scope that all of its permissions have. */
export function cellOf(grants: Grant[], permissions: string[]): Cell {
  const [first = "", ...others] = new Set(permissions.map((one) => scopeOf(grants, one)));
  return others.length ? "MIXED" : first;
}

/**
 * Returns the grants after a cell was set.
 *
 * Patterns of what is not touched stay as they are. A wider pattern that covers the row gives way
 * to patterns of the other rows, so that what Wasl learns to do later is not granted by accident.
 */
export function withCell(
  grants: Grant[],
  permissions: Permission[],
  changed: string[],
  scope: Scope | "",
): Grant[] {
  const row = collectionOf(changed[0] ?? "");
  const inRow = permissions.filter(({ name }) => collectionOf(name) === row);
  const kept = grants.flatMap((grant) => withoutRow(grant, permissions, row));
  const wanted = inRow.flatMap(({ name }): Grant[] => {
    const next = changed.includes(name) ? scope : scopeOf(grants, name);
    return next ? [{ permission: name, scope: next }] : [];
  });
  return tidy([...kept, ...wanted]);
}

function withoutRow(grant: Grant, permissions: Permission[], row: string): Grant[] {
  const { permission, scope } = grant;
  if (permission === `${row}.*` || collectionOf(permission) === row) return [];
  if (!covers(permission, `${row}.any`)) return [grant];
  const others = new Set(permissions.map(({ name }) => collectionOf(name)));
  return [...others]
    .filter((other) => other !== row && covers(permission, `${other}.any`))
    .map((other) => ({ permission: `${other}.*`, scope }));
}

/** Leaves out what another grant gives already. */
export function tidy(grants: Grant[]): Grant[] {
  return grants.filter(
    (grant, index) =>
      !grants.some(
        (other, place) =>
          place !== index &&
          covers(other.permission, grant.permission) &&
          rank(other.scope) >= rank(grant.scope) &&
          // Of two that say the same, the first stays.
          (other.permission !== grant.permission || other.scope !== grant.scope || place < index),
      ),
  );
}

function collectionOf(permission: string): string {
  return permission.split(".").slice(0, 2).join(".");
}

function rank(scope: Scope | ""): number {
  return scope ? SCOPES.indexOf(scope) : -1;
}
