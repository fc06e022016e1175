import { describe, expect, it } from "vitest";
import {
  cellOf,
  rowsOf,
  scopeOf,
  sumsOf,
  tidy,
  unknownOf,
  withCell,
  type Grant,
  type Permission,
} from "./grants";

const PERMISSIONS: Permission[] = [
  ...["get", "list", "create", "update", "delete", "undelete"].map((verb) =>
    of("contacts", "contacts", verb),
  ),
  ...["get", "list", "update"].map((verb) => of("contacts", "companies", verb)),
  ...["get", "list", "win"].map((verb) => of("sales", "opportunities", verb)),
];

function of(service: string, collection: string, verb: string): Permission {
  return { name: `${service}.${collection}.${verb}`, service, collection, verb, scoped: true };
}

/** All that grants give, permission by permission. */
function given(grants: Grant[]): Record<string, string> {
  return Object.fromEntries(PERMISSIONS.map(({ name }) => [name, scopeOf(grants, name)]));
}

describe("the table of grants", () => {
  it("has a row for each collection, with its own verbs apart", () => {
    const rows = rowsOf(PERMISSIONS);
    expect(rows.map((row) => row.key)).toEqual([
      "contacts.contacts",
      "contacts.companies",
      "sales.opportunities",
    ]);
    expect(rows[0]?.actions.delete).toEqual([
      "contacts.contacts.delete",
      "contacts.contacts.undelete",
    ]);
    expect(rows[2]?.special).toEqual(["sales.opportunities.win"]);
  });

  it("shows the widest scope of all patterns", () => {
    const grants: Grant[] = [
      { permission: "*", scope: "OWN" },
      { permission: "contacts.*", scope: "TEAM" },
      { permission: "contacts.contacts.get", scope: "ALL" },
    ];
    expect(scopeOf(grants, "contacts.contacts.get")).toBe("ALL");
    expect(scopeOf(grants, "contacts.companies.get")).toBe("TEAM");
    expect(scopeOf(grants, "sales.opportunities.win")).toBe("OWN");
    expect(cellOf(grants, ["contacts.contacts.get", "contacts.contacts.list"])).toBe("MIXED");
    expect(cellOf([], ["contacts.contacts.get"])).toBe("");
    // A name that only begins alike is another thing.
    expect(
      scopeOf([{ permission: "contacts.contact.*", scope: "ALL" }], "contacts.contacts.get"),
    ).toBe("");
  });
});

describe("what a role adds up to", () => {
  const row = rowsOf(PERMISSIONS)[0]!;

  it("says whose records, the widest first, and apart from it what is made anew", () => {
    const sums = sumsOf(
      [
        { permission: "contacts.contacts.*", scope: "OWN" },
        { permission: "contacts.contacts.get", scope: "ALL" },
        { permission: "contacts.contacts.list", scope: "ALL" },
      ],
      row,
    );
    expect(sums).toEqual({
      reach: [
        { scope: "ALL", actions: ["read"] },
        { scope: "OWN", actions: ["change", "delete"] },
      ],
      makes: ["create"],
      special: [],
    });
  });

  it("promises no more than all of the permissions behind an action give", () => {
    const grants: Grant[] = [{ permission: "contacts.contacts.get", scope: "ALL" }];
    expect(sumsOf(grants, row).reach).toEqual([]);
  });

  it("names verbs of its own", () => {
    const deals = rowsOf(PERMISSIONS)[2]!;
    expect(sumsOf([{ permission: "*", scope: "ALL" }], deals).special).toEqual(["win"]);
  });

  it("tells patterns that open nothing here", () => {
    const grants: Grant[] = [
      { permission: "hr.*", scope: "OWN" },
      { permission: "contacts.*", scope: "OWN" },
    ];
    expect(unknownOf(grants, PERMISSIONS)).toEqual(["hr.*"]);
  });
});

describe("a change of one cell", () => {
  const cases: Grant[][] = [
    [],
    [{ permission: "*", scope: "ALL" }],
    [{ permission: "contacts.*", scope: "SUBTREE" }],
    [
      { permission: "contacts.contacts.*", scope: "TEAM" },
      { permission: "sales.*", scope: "OWN" },
    ],
    [
      { permission: "contacts.contacts.get", scope: "OWN" },
      { permission: "contacts.*", scope: "TEAM" },
    ],
  ];

  it.each(cases.map((grants) => [grants]))("changes that cell and nothing else: %j", (grants) => {
    for (const scope of ["", "OWN", "ALL"] as const) {
      const changed = ["contacts.contacts.get", "contacts.contacts.list"];
      const after = given(withCell(grants, PERMISSIONS, changed, scope));
      const wanted = { ...given(grants), [changed[0]!]: scope, [changed[1]!]: scope };
      expect(after).toEqual(wanted);
    }
  });

  it("keeps patterns of what is not touched", () => {
    const grants: Grant[] = [
      { permission: "contacts.*", scope: "TEAM" },
      { permission: "sales.*", scope: "OWN" },
    ];
    const after = withCell(grants, PERMISSIONS, ["contacts.contacts.create"], "");
    expect(after).toContainEqual({ permission: "sales.*", scope: "OWN" });
    expect(after).toContainEqual({ permission: "contacts.companies.*", scope: "TEAM" });
    expect(after.some(({ permission }) => permission === "contacts.*")).toBe(false);
  });

  it("saves nothing twice", () => {
    const twice: Grant[] = [
      { permission: "contacts.*", scope: "TEAM" },
      { permission: "contacts.contacts.get", scope: "OWN" },
      { permission: "contacts.*", scope: "TEAM" },
    ];
    expect(tidy(twice)).toEqual([{ permission: "contacts.*", scope: "TEAM" }]);
  });
});
