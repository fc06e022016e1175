import { describe, expect, it } from "vitest";
import { preferencesOf } from "@/lib/preferences";
import { auditFilter, differences, partsOfMethod } from "./audit";

const inTehran = { ...preferencesOf(undefined, "fa"), timeZone: "Asia/Tehran" };

describe("the filter of the audit log", () => {
  it("takes whole days where the person is", () => {
    expect(auditFilter({ from: "2026-11-24", to: "2026-11-24" }, inTehran)).toBe(
      'time >= "2026-11-23T20:30:00.000Z" AND time < "2026-11-24T20:30:00.000Z"',
    );
  });

  it("joins everything that is asked, and quotes what was typed", () => {
    const search = { user: "u", record: ' a"b ', outcome: "refused" as const };
    expect(auditFilter(search, inTehran)).toBe(
      'userId = "u" AND recordId = "a\\"b" AND outcome != "OK"',
    );
    expect(auditFilter({}, inTehran)).toBe("");
  });
});

describe("a change", () => {
  const change = { resource: "contacts.contacts", recordId: "1", verb: "updated" };

  it("is told field by field", () => {
    const told = { ...change, before: '{"jobTitle":"CEO"}', after: '{"jobTitle":"","notes":"x"}' };
    expect(differences(told)).toEqual([
      { field: "jobTitle", before: "CEO", after: "" },
      { field: "notes", before: undefined, after: "x" },
    ]);
  });

  it("without fields has none", () => {
    expect(differences({ ...change, before: "", after: "" })).toEqual([]);
  });
});

describe("the name of a method", () => {
  it.each([
    ["UpdateContact", "update", "Contact"],
    ["ImportCompanies", "import", "Company"],
    ["ExportUsers", "export", "User"],
    ["DeleteApiKey", "delete", "ApiKey"],
  ])("%s falls into %s and %s", (method, verb, thing) => {
    expect(partsOfMethod(method)).toEqual({ verb, thing });
  });
});
