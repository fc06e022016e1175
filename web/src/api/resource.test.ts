import { describe, expect, it } from "vitest";
import { merged } from "./records";
import { isEmpty, patchOf, resourceOf, valueOf, type RecordJson } from "./resource";

describe("resources", () => {
  it("tell of fields what OpenAPI tells", () => {
    const fields = new Map(
      resourceOf("contacts.contacts").fields.map((field) => [field.name, field]),
    );
    expect(fields.get("companyId")).toMatchObject({
      kind: "reference",
      reference: "contacts.companies",
    });
    expect(fields.get("emails")?.kind).toBe("emails");
    expect(fields.get("notes")?.kind).toBe("longText");
    expect(fields.get("createTime")).toMatchObject({ kind: "time", readOnly: true });
    expect(fields.get("lifecycleStage")?.values).not.toContain("LIFECYCLE_STAGE_UNSPECIFIED");
  });
});

describe("values of records", () => {
  const record: RecordJson = { id: "1", etag: "1", customFields: { tier: "gold", size: 3 } };

  it("are found at their paths", () => {
    expect(valueOf(record, "customFields.tier")).toBe("gold");
    expect(valueOf(record, "customFields.none")).toBeUndefined();
  });

  it("change field by field within custom fields", () => {
    const patch = patchOf("customFields.tier", "silver");
    expect(patch).toEqual({ customFields: { tier: "silver" } });
    expect(merged(record, patch).customFields).toEqual({ tier: "silver", size: 3 });
  });

  it.each([undefined, null, "", [], "STATE_UNSPECIFIED"])("%j counts as nothing", (value) => {
    expect(isEmpty(value)).toBe(true);
  });
  it.each([0, false, "x", ["x"]])("%j counts as something", (value) => {
    expect(isEmpty(value)).toBe(false);
  });
});
