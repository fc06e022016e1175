import { describe, expect, it } from "vitest";
import { readFilter, resolveFilter, writeFilter, type Condition } from "./filter";

const CONDITIONS: [string, Condition[]][] = [
  ['displayName:"sara"', [{ field: "displayName", operator: "contains", values: ["sara"] }]],
  ['name = "Acme*"', [{ field: "name", operator: "begins", values: ["Acme"] }]],
  [
    '(stage = "LEAD" OR stage = "PARTNER") AND amount >= "1000"',
    [
      { field: "stage", operator: "is", values: ["LEAD", "PARTNER"] },
      { field: "amount", operator: "atLeast", values: ["1000"] },
    ],
  ],
  [
    'stage != "LEAD" AND stage != "PARTNER"',
    [{ field: "stage", operator: "isNot", values: ["LEAD", "PARTNER"] }],
  ],
  ["companyId:*", [{ field: "companyId", operator: "filled", values: [] }]],
  ["-companyId:*", [{ field: "companyId", operator: "empty", values: [] }]],
  [
    "closeDate = thisQuarter()",
    [{ field: "closeDate", operator: "period", values: ["thisQuarter"] }],
  ],
  ["ownerId = me()", [{ field: "ownerId", operator: "is", values: ["me()"] }]],
  [
    'notes:"a \\"quote\\" and \\\\"',
    [{ field: "notes", operator: "contains", values: ['a "quote" and \\'] }],
  ],
  [
    'customFields.tier = "طلایی"',
    [{ field: "customFields.tier", operator: "is", values: ["طلایی"] }],
  ],
];

describe("a filter", () => {
  it.each(CONDITIONS)("%s is written and read without loss", (text, conditions) => {
    expect(writeFilter(conditions)).toBe(text);
    expect(readFilter(text)).toEqual(conditions);
  });

  it("keeps a star that was typed apart from an open end", () => {
    const text = writeFilter([{ field: "name", operator: "begins", values: ["5* hotel"] }]);
    expect(text).toBe('name = "5\\* hotel*"');
    expect(readFilter(text)).toEqual([{ field: "name", operator: "begins", values: ["5* hotel"] }]);
  });

  it.each([
    'a = "1" OR b = "2"',
    "NOT a:x",
    "(a = 1 AND b = 2) OR c = 3",
    'a = "unfinished',
    "word",
    "a = isOverdue(1)",
  ])("%s says more than chips can show", (text) => {
    expect(readFilter(text)).toBeUndefined();
  });

  it("without conditions is empty", () => {
    expect(readFilter("  ")).toEqual([]);
    expect(writeFilter([])).toBe("");
    expect(writeFilter([{ field: "a", operator: "is", values: [] }])).toBe("");
  });
});

describe("a resolved filter", () => {
  const meaning = {
    me: "u1",
    period: (name: string): [string, string] | undefined =>
      name === "thisMonth" ? ["2026-03-01", "2026-03-31"] : undefined,
    isTime: (field: string) => field === "createTime",
    startOf: (day: string) => `${day}T00:00:00Z`,
    dayAfter: () => "2026-04-01",
  };

  it("spells days out as a range that includes both ends", () => {
    expect(resolveFilter("closeDate = thisMonth()", meaning)).toBe(
      'closeDate >= "2026-03-01" AND closeDate <= "2026-03-31"',
    );
  });

  it("spells moments out to the beginning of the day after", () => {
    expect(resolveFilter("createTime = thisMonth()", meaning)).toBe(
      'createTime >= "2026-03-01T00:00:00Z" AND createTime < "2026-04-01T00:00:00Z"',
    );
  });

  it("knows who asks", () => {
    expect(resolveFilter('(ownerId = me() OR ownerId = "u2")', meaning)).toBe(
      '(ownerId = "u1" OR ownerId = "u2")',
    );
  });

  it("leaves unknown functions to the API to refuse", () => {
    expect(resolveFilter("a = someday()", meaning)).toBe("a = someday()");
  });
});
