import { describe, expect, it } from "vitest";
import { extensible, keyFrom, tidyChoices } from "./customField";

describe("the key of a new field", () => {
  it.each([
    ["Renewal date", "renewalDate"],
    ["Überfällig am", "uberfalligAm"],
    ["2nd Contact", "ndContact"],
    ["تاریخ تمدید", ""],
  ])("of %j is %j", (label, key) => {
    expect(keyFrom(label)).toBe(key);
  });
});

describe("choices", () => {
  it("take their value from the label, and empty ones are dropped", () => {
    expect(
      tidyChoices([
        { value: "", label: { en: "Gold" } as never },
        { value: "silver", label: undefined as never },
        { value: " ", label: { en: "", ar: "", fa: "" } },
      ]).map((one) => one.value),
    ).toEqual(["Gold", "silver"]);
  });
});

it("fields are added where the API has room for them", () => {
  const keys = extensible().map((one) => one.key);
  expect(keys).toContain("contacts.contacts");
  expect(keys).not.toContain("identity.roles");
});
