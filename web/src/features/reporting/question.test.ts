import { describe, expect, it } from "vitest";
import { createFormat } from "@/lib/format";
import { preferencesOf } from "@/lib/preferences";
import { behind, numberOf, written, type Row } from "./question";

const row = (dimension: string, id: string, label: string, more = {}) =>
  ({ groups: [{ dimension, id, label }], ...more }) as unknown as Row;

describe("the deals behind a number", () => {
  it.each([
    [row("STAGE", "s1", "Won"), 'stageId = "s1"'],
    [row("OWNER", "", ""), "-ownerId:*"],
    [row("STATE", "", "won"), 'state = "WON"'],
    [row("QUARTER", "", "2026-Q1"), 'closeDate >= "2026-01-01" AND closeDate <= "2026-03-31"'],
  ])("are asked for by a filter", (asked, filter) => {
    expect(behind(asked, "", undefined)).toBe(filter);
  });

  it("keep the filter and the period of the report", () => {
    expect(behind(row("STAGE", "s1", ""), "ownerId = me()", ["2026-01-01", "2026-01-31"])).toBe(
      'ownerId = me() AND stageId = "s1" AND closeDate >= "2026-01-01" AND closeDate <= "2026-01-31"',
    );
  });

  it("cannot be asked for by product or region", () => {
    expect(behind(row("PRODUCT", "p1", "GTX"), "", undefined)).toBeUndefined();
  });
});

describe("a measure", () => {
  const format = createFormat(preferencesOf(undefined, "en"));
  const found = row("STAGE", "", "", {
    deals: "12",
    winRate: 0.589,
    wonValue: { amount: "10.5", currency: "USD" },
  });
  it("is a number for the chart", () => {
    expect(numberOf(found, "deals")).toBe(12);
    expect(numberOf(found, "wonValue")).toBe(10.5);
    expect(numberOf(found, "meanDaysToClose")).toBeUndefined();
  });
  it("is written for people", () => {
    expect(written(found, "deals", format)).toBe("12");
    expect(written(found, "winRate", format)).toBe("58.9%");
    expect(written(found, "wonValue", format)).toBe("$10.50");
    expect(written(found, "openValue", format)).toBe("–");
  });
});
