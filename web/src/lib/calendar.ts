import {
  createCalendar,
  GregorianCalendar,
  parseAbsolute,
  parseDate,
  toCalendar,
  toCalendarDate,
  today,
  toZoned,
  type CalendarDate,
} from "@internationalized/date";
import type { Preferences } from "./preferences";

/** Periods relative to today that a filter may name, in the order in which they are offered. */
export const PERIODS = [
  "today",
  "yesterday",
  "tomorrow",
  "thisWeek",
  "lastWeek",
  "nextWeek",
  "thisMonth",
  "lastMonth",
  "nextMonth",
  "thisQuarter",
  "lastQuarter",
  "nextQuarter",
  "thisYear",
  "lastYear",
  "last7Days",
  "last30Days",
  "last90Days",
] as const;
export type Period = (typeof PERIODS)[number];

const STEPS = { last: -1, this: 0, next: 1 } as const;

/** Returns a Gregorian day of the wire as a day of the person's calendar. */
export function dayIn(preferences: Preferences, day: string): CalendarDate {
  return toCalendar(parseDate(day), createCalendar(preferences.calendar));
}

/** Returns a day of any calendar as the wire has it, `YYYY-MM-DD`. */
export function wireDay(day: CalendarDate): string {
  return toCalendar(day, new GregorianCalendar()).toString();
}

/** Returns today where the person is, in their calendar. */
export function todayIn(preferences: Preferences): CalendarDate {
  return toCalendar(today(preferences.timeZone), createCalendar(preferences.calendar));
}

/** Returns the first and last day of a period, in the calendar and the week of the person. */
export function daysOf(
  name: string,
  preferences: Preferences,
  now: CalendarDate = todayIn(preferences),
): [string, string] | undefined {
  const range = rangeOf(name, preferences, now);
  return range && [wireDay(range[0]), wireDay(range[1])];
}

function rangeOf(
  name: string,
  preferences: Preferences,
  now: CalendarDate,
): [CalendarDate, CalendarDate] | undefined {
  if (name === "today") return [now, now];
  if (name === "yesterday") return [now.subtract({ days: 1 }), now.subtract({ days: 1 })];
  if (name === "tomorrow") return [now.add({ days: 1 }), now.add({ days: 1 })];
  const recent = /^last(\d+)Days$/.exec(name);
  if (recent) return [now.subtract({ days: Number(recent[1]) - 1 }), now];
  const match = /^(last|this|next)(Week|Month|Quarter|Year)$/.exec(name);
  if (!match) return undefined;
  const step = STEPS[match[1] as keyof typeof STEPS];
  switch (match[2]) {
    case "Week": {
      const start = now
        .subtract({ days: (weekdayOf(now) - preferences.firstDay + 7) % 7 })
        .add({ weeks: step });
      return [start, start.add({ days: 6 })];
    }
    case "Month": {
      const start = now.set({ day: 1 }).add({ months: step });
      return [start, start.add({ months: 1 }).subtract({ days: 1 })];
    }
    case "Quarter": {
      const month = Math.floor((now.month - 1) / 3) * 3 + 1;
      const start = now
        .set({ day: 1 })
        .set({ month })
        .add({ months: 3 * step });
      return [start, start.add({ months: 3 }).subtract({ days: 1 })];
    }
    default: {
      const start = now.set({ month: 1 }).set({ day: 1 }).add({ years: step });
      return [start, start.add({ years: 1 }).subtract({ days: 1 })];
    }
  }
}

function weekdayOf(day: CalendarDate): number {
  return new Date(`${wireDay(day)}T00:00:00Z`).getUTCDay();
}

/** Returns the moment at which a day of the wire begins in the person's time zone. */
export function startOfDay(preferences: Preferences, day: string): string {
  return toZoned(parseDate(day), preferences.timeZone).toAbsoluteString();
}

export function dayAfter(day: string): string {
  return parseDate(day).add({ days: 1 }).toString();
}

/** Returns the day of the wire on which a moment falls in the person's time zone. */
export function dayOf(preferences: Preferences, moment: string): string {
  return toCalendarDate(parseAbsolute(moment, preferences.timeZone)).toString();
}

/** Returns the last second of a day in the person's time zone: what ends on a day holds all of it. */
export function lastMoment(preferences: Preferences, day: string): string {
  const next = Date.parse(startOfDay(preferences, dayAfter(day)));
  return new Date(next - 1000).toISOString();
}
