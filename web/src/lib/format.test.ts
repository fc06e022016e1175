import { describe, expect, it } from "vitest";
import { createFormat } from "./format";
import { preferencesOf } from "./preferences";

const format = (language: "en" | "ar" | "fa", more = {}) =>
  createFormat({ ...preferencesOf(undefined, language), timeZone: "UTC", ...more });

describe("numbers and money", () => {
  it("are written in the digits of the person", () => {
    expect(format("en").number(1234567.5)).toBe("1,234,567.5");
    expect(format("fa").number(1234567.5)).toBe("۱٬۲۳۴٬۵۶۷٫۵");
    expect(format("ar").number(1234567.5)).toBe("١٬٢٣٤٬٥٦٧٫٥");
    expect(format("fa", { digits: "latn" }).number(1234)).toBe("1,234");
  });

  it("keep all digits of large amounts", () => {
    const money = { amount: "999999999999999.99", currency: "USD" };
    expect(format("en").money(money)).toBe("$999,999,999,999,999.99");
  });

  it("are read from right to left when they are short", () => {
    const money = { amount: "2500000000", currency: "USD" };
    expect(format("fa").money(money, true)).toBe("\u200f۲٫۵\u00a0میلیارد\u00a0\u2068$\u2069");
    expect(format("fa").money({ ...money, amount: "-12" }, true)).toBe(
      "\u200f\u200e−۱۲\u00a0\u2068$\u2069",
    );
    expect(format("ar").money(money, true)).toBe("\u200f٢٫٥\u00a0مليار\u00a0\u2068US$\u2069");
    expect(format("en").money(money, true)).toBe("$2.5B");
  });

  it("have the minor units of their currency", () => {
    expect(format("en").money({ amount: "1200", currency: "JPY" })).toBe("¥1,200");
    expect(format("en").money({ amount: "1200", currency: "KWD" })).toContain("1,200.000");
  });
});

describe("days", () => {
  it("are written in the calendar of the person", () => {
    expect(format("en").day("2026-03-21")).toBe("Mar 21, 2026");
    expect(format("fa").day("2026-03-21")).toContain("۱۴۰۵");
    expect(format("ar", { calendar: "islamic-umalqura" }).day("2026-03-21")).toContain("١٤٤٧");
  });

  it("are named in the order of the language", () => {
    expect(format("en").day("2026-03-21", "long")).toBe("Saturday, March 21, 2026");
    expect(format("fa").day("2026-03-21", "long")).toBe("شنبه ۱ فروردین ۱۴۰۵");
    expect(format("ar").day("2026-03-21", "long")).toBe("السبت، ٢١ مارس ٢٠٢٦");
  });

  it("do not move with the time zone", () => {
    const west = format("en", { timeZone: "America/Los_Angeles" });
    expect(west.day("2026-03-21")).toBe("Mar 21, 2026");
  });
});

describe("moments", () => {
  const now = Date.parse("2026-03-21T12:00:00Z");
  it.each([
    ["2026-03-21T11:59:30Z", "now"],
    ["2026-03-21T11:58:00Z", "2 minutes ago"],
    ["2026-03-20T12:00:00Z", "yesterday"],
    ["2026-03-24T12:00:00Z", "in 3 days"],
    ["2024-03-20T12:00:00Z", "2 years ago"],
  ])("%s is said as %s", (moment, said) => {
    expect(format("en").ago(moment, now)).toBe(said);
  });
});
