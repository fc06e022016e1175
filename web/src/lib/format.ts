import type { Preferences } from "./preferences";

/** An amount as the API sends it. */
export interface Money {
  amount: string;
  currency: string;
}

export type Format = ReturnType<typeof createFormat>;

const STEPS: [Intl.RelativeTimeFormatUnit, number][] = [
  ["year", 31_557_600],
  ["month", 2_629_800],
  ["week", 604_800],
  ["day", 86_400],
  ["hour", 3_600],
  ["minute", 60],
];

/** Returns functions that write numbers, money and dates the way a person reads them. */
export function createFormat(preferences: Preferences) {
  const { language, calendar, digits, timeZone } = preferences;
  const tag = `${language}-u-ca-${calendar}-nu-${digits}`;
  const numbers = new Map<string, Intl.NumberFormat>();
  const dates = new Map<string, Intl.DateTimeFormat>();

  function numberFormat(options: Intl.NumberFormatOptions): Intl.NumberFormat {
    const key = JSON.stringify(options);
    let found = numbers.get(key);
    if (!found) numbers.set(key, (found = new Intl.NumberFormat(tag, options)));
    return found;
  }

  function dateFormat(options: Intl.DateTimeFormatOptions, zone = timeZone): Intl.DateTimeFormat {
    const key = JSON.stringify(options) + zone;
    let found = dates.get(key);
    if (!found)
      dates.set(key, (found = new Intl.DateTimeFormat(tag, { ...options, timeZone: zone })));
    return found;
  }

  const number = (value: number | string, options: Intl.NumberFormatOptions = {}) =>
    numberFormat(options).format(value as Intl.StringNumericLiteral);

  return {
    preferences,
    /** A number; decimal text keeps all its digits. */
    number,
    percent: (fraction: number, digitsAfter = 0) =>
      number(fraction, { style: "percent", maximumFractionDigits: digitsAfter }),
    /** An amount with its currency, to the minor unit. */
    money: (money: Money, compact = false) => {
      const options: Intl.NumberFormatOptions = {
        style: "currency",
        currency: money.currency,
        currencyDisplay: "narrowSymbol",
        ...(compact
          ? { notation: "compact", minimumFractionDigits: 0, maximumFractionDigits: 1 }
          : {}),
      };
      if (!compact || language === "en") return number(money.amount, options);
      // In Persian, browsers write these from left to right: "million" would be read before its
      // number. In Arabic, the sign in US$ would leave its letters.
      const parts = numberFormat(options).formatToParts(Number(money.amount));
      const amount = parts.filter(({ type }) => type !== "currency").map(({ value }) => value);
      const currency = parts.find(({ type }) => type === "currency")?.value ?? money.currency;
      const plain = amount
        .join("")
        .replace(/\u200e|^\u200f/g, "")
        .trim();
      // The sign stands at the left of the digits in Persian as well.
      return `\u200f${plain.replace("−", "\u200e−")}\u00a0\u2068${currency}\u2069`;
    },
    /** A day `YYYY-MM-DD`, in the person's calendar. */
    day: (day: string, style: "short" | "long" = "short") => {
      const date = new Date(`${day}T00:00:00Z`);
      const month = style === "short" ? "short" : "long";
      const written = dateFormat({ year: "numeric", month, day: "numeric" }, "UTC").format(date);
      if (style === "short") return written;
      const weekday = dateFormat({ weekday: "long" }, "UTC").format(date);
      // Browsers have no good order for a weekday with the Persian calendar.
      return weekday + { en: ", ", ar: "، ", fa: " " }[language] + written;
    },
    /** A moment, as day and time in the person's zone. */
    time: (moment: string) =>
      dateFormat({
        year: "numeric",
        month: "short",
        day: "numeric",
        hour: "2-digit",
        minute: "2-digit",
      }).format(new Date(moment)),
    /** A moment as people say it, such as "3 days ago". */
    ago: (moment: string, now = Date.now()) => {
      const seconds = (Date.parse(moment) - now) / 1000;
      const relative = new Intl.RelativeTimeFormat(tag, { numeric: "auto" });
      for (const [unit, size] of STEPS) {
        if (Math.abs(seconds) >= size) return relative.format(Math.trunc(seconds / size), unit);
      }
      return relative.format(0, "second");
    },
    /** A length of time in seconds, such as "2 min". */
    duration: (seconds: number) => {
      const unit = seconds < 60 ? "second" : seconds < 3600 ? "minute" : "hour";
      const size = { second: 1, minute: 60, hour: 3600 }[unit];
      return number(Math.max(1, Math.round(seconds / size)), {
        style: "unit",
        unit,
        unitDisplay: "short",
      });
    },
    /** The names of currencies, countries and languages. */
    name: (kind: "currency" | "region" | "language", code: string) => {
      try {
        return new Intl.DisplayNames(tag, { type: kind }).of(code) ?? code;
      } catch {
        return code;
      }
    },
    list: (items: string[]) => new Intl.ListFormat(tag, { type: "conjunction" }).format(items),
    compare: new Intl.Collator(language, { numeric: true }).compare,
  };
}
