import { describe, expect, it } from "vitest";
import { toAsciiDigits, toDecimal } from "./digits";

describe("numbers that people type", () => {
  it.each([
    ["1,234.5", "1234.5"],
    ["۱۲۳۴٫۵", "1234.5"],
    ["١٬٢٣٤", "1234"],
    ["−12", "-12"],
    ["\u200e+98", "98"],
    [" 1 000 ", "1000"],
  ])("%s is %s", (typed, decimal) => {
    expect(toDecimal(typed)).toBe(decimal);
  });

  it.each(["", "abc", "1.2.3", "1.23456", "1234567890123456", "--1"])("%s is none", (typed) => {
    expect(toDecimal(typed)).toBeUndefined();
  });

  it("keep everything that is no digit", () => {
    expect(toAsciiDigits("کد ۴۲")).toBe("کد 42");
  });
});
