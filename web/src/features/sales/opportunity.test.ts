import { describe, expect, it } from "vitest";
import { isOverdue, moveTo, type Opportunity, type Stage } from "./opportunity";

const deal = (state: string, closeDate = "") => ({ state, closeDate }) as Opportunity;
const stage = (kind: string) => ({ kind }) as Stage;

describe("moves of a deal", () => {
  it.each([
    ["OPEN", "OPEN", "update"],
    ["OPEN", "WON", "win"],
    ["OPEN", "LOST", "lose"],
    ["WON", "OPEN", "reopen"],
    ["WON", "LOST", undefined],
    ["LOST", "WON", undefined],
  ])("from %s to %s are called %s", (from, to, verb) => {
    expect(moveTo(stage(to), deal(from))).toBe(verb);
  });
});

describe("an overdue deal", () => {
  it("is open and should have been closed before today", () => {
    expect(isOverdue(deal("OPEN", "2026-03-20"), "2026-03-21")).toBe(true);
    expect(isOverdue(deal("OPEN", "2026-03-21"), "2026-03-21")).toBe(false);
    expect(isOverdue(deal("WON", "2026-03-20"), "2026-03-21")).toBe(false);
    expect(isOverdue(deal("OPEN"), "2026-03-21")).toBe(false);
  });
});
