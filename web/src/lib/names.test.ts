import { describe, expect, it } from "vitest";
import { plainName, suggestField } from "./names";

const FIELDS = [
  { path: "givenName", label: "Given name" },
  { path: "familyName", label: "Family name" },
  { path: "displayName", label: "Name" },
  { path: "emails.address", label: "E-mail" },
  { path: "phones.number", label: "Phone" },
  { path: "companyId", label: "Company" },
  { path: "customFields.tier", label: "Customer tier" },
];

describe("the field that a column fills", () => {
  it.each([
    ["First Name", "givenName"],
    ["EMAIL_ADDRESS", "emails.address"],
    ["Work e-mail", "emails.address"],
    ["displayName", "displayName"],
    ["نام خانوادگی", "familyName"],
    ["نام", "givenName"],
    ["شركت", "companyId"],
    ["البريد الإلكتروني", "emails.address"],
    ["الشركة", "companyId"],
    ["Customer tier", "customFields.tier"],
  ])("of %s is %s", (column, path) => {
    expect(suggestField(column, FIELDS)).toBe(path);
  });

  it.each(["", "Zodiac", "xname"])("of %s is left to the person", (column) => {
    expect(suggestField(column, FIELDS)).toBeUndefined();
  });

  it("is found whatever variant of a letter was typed", () => {
    expect(plainName("مُؤسَّسَة  كبيرة")).toBe(plainName("مؤسسه کبیره"));
  });
});
