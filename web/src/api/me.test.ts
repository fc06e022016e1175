import { describe, expect, it } from "vitest";
import { opens } from "./me";

describe("grants", () => {
  it.each([
    ["*", true],
    ["contacts.*", true],
    ["contacts.contacts.*", true],
    ["contacts.contacts.list", true],
    ["contacts.contacts.get", false],
    ["contacts.companies.*", false],
    ["sales.*", false],
  ])("%s opens contacts.contacts.list: %s", (grant, opened) => {
    expect(opens([grant], "contacts.contacts.list")).toBe(opened);
  });
});
