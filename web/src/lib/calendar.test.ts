import { CalendarDate, createCalendar, toCalendar } from "@internationalized/date";
import { describe, expect, it } from "vitest";
import { dayAfter, dayIn, daysOf, startOfDay, wireDay } from "./calendar";
import { preferencesOf, type Preferences } from "./preferences";

const english: Preferences = { ...preferencesOf(undefined, "en"), timeZone: "UTC" };
const persian: Preferences = { ...preferencesOf(undefined, "fa"), timeZone: "Asia/Tehran" };
const hijri: Preferences = { ...english, calendar: "islamic-umalqura" };
const on = (preferences: Preferences, year: number, month: number, day: number) =>
  toCalendar(new CalendarDate(year, month, day), createCalendar(preferences.calendar));

describe("periods", () => {
  const day = on(english, 2026, 11, 24); // a Tuesday, 3 Azar 1405

  it.each([
    ["today", "2026-11-24", "2026-11-24"],
    ["yesterday", "2026-11-23", "2026-11-23"],
    ["thisWeek", "2026-11-23", "2026-11-29"],
    ["lastWeek", "2026-11-16", "2026-11-22"],
    ["thisMonth", "2026-11-01", "2026-11-30"],
    ["nextMonth", "2026-12-01", "2026-12-31"],
    ["thisQuarter", "2026-10-01", "2026-12-31"],
    ["nextQuarter", "2027-01-01", "2027-03-31"],
    ["lastYear", "2025-01-01", "2025-12-31"],
    ["last7Days", "2026-11-18", "2026-11-24"],
  ])("%s is from %s to %s in the Gregorian calendar", (name, first, last) => {
    expect(daysOf(name, english, day)).toEqual([first, last]);
  });

  it.each([
    ["thisWeek", "2026-11-21", "2026-11-27"], // from Saturday
    ["thisMonth", "2026-11-22", "2026-12-21"], // Azar 1405
    ["thisQuarter", "2026-09-23", "2026-12-21"], // autumn
    ["thisYear", "2026-03-21", "2027-03-20"], // 1405
    ["lastYear", "2025-03-21", "2026-03-20"], // 1404
  ])("%s is from %s to %s in the Persian calendar", (name, first, last) => {
    expect(daysOf(name, persian, on(persian, 2026, 11, 24))).toEqual([first, last]);
  });

  it("follow the months of Umm al-Qura", () => {
    expect(daysOf("thisMonth", hijri, on(hijri, 2026, 2, 20))).toEqual([
      "2026-02-18",
      "2026-03-19",
    ]);
  });

  it("have names that are known", () => {
    expect(daysOf("someday", english, day)).toBeUndefined();
  });
});

describe("a day of the wire", () => {
  it("becomes a day of the person's calendar and comes back", () => {
    const found = dayIn(persian, "2026-03-21");
    expect([found.year, found.month, found.day]).toEqual([1405, 1, 1]);
    expect(wireDay(found)).toBe("2026-03-21");
  });

  it("begins where the person is", () => {
    expect(startOfDay(persian, "2026-03-21")).toBe("2026-03-20T20:30:00.000Z");
    expect(dayAfter("2026-02-28")).toBe("2026-03-01");
  });
});
