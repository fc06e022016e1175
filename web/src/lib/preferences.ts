import type { User } from "@/api/me";

export const LANGUAGES = ["en", "ar", "fa"] as const;
export type Language = (typeof LANGUAGES)[number];

/** The names of the languages, each in itself. */
export const LANGUAGE_NAMES: Record<Language, string> = {
  en: "English",
  ar: "العربية",
  fa: "فارسی",
};

/** How a person reads dates and numbers. Calendars and digits by their names in Unicode. */
export interface Preferences {
  language: Language;
  calendar: "gregory" | "persian" | "islamic-umalqura";
  digits: "latn" | "arab" | "arabext";
  timeZone: string;
  /** 0 is Sunday. */
  firstDay: number;
  weekend: number[];
}

const DAYS = ["SUNDAY", "MONDAY", "TUESDAY", "WEDNESDAY", "THURSDAY", "FRIDAY", "SATURDAY"];
const CALENDARS = {
  GREGORIAN: "gregory",
  PERSIAN: "persian",
  UMM_AL_QURA: "islamic-umalqura",
} as const;
const DIGITS = { LATIN: "latn", ARABIC: "arab", PERSIAN_DIGITS: "arabext" } as const;

const OF_LANGUAGE: Record<Language, Omit<Preferences, "timeZone" | "language">> = {
  en: { calendar: "gregory", digits: "latn", firstDay: 1, weekend: [0, 6] },
  ar: { calendar: "gregory", digits: "arab", firstDay: 0, weekend: [5, 6] },
  fa: { calendar: "persian", digits: "arabext", firstDay: 6, weekend: [4, 5] },
};

/** Whether a language is written from right to left. */
export function isRtl(language: Language): boolean {
  return language !== "en";
}

/** Returns the language kept in this browser, else the first one it asks for that we speak. */
export function guessLanguage(): Language {
  const kept = localStorage.getItem("wasl.language");
  const wanted = [kept, ...navigator.languages].map((one) => one?.slice(0, 2));
  return LANGUAGES.find((one) => one === wanted.find((two) => isLanguage(two))) ?? "en";
}

export function isLanguage(text: string | null | undefined): text is Language {
  return LANGUAGES.some((one) => one === text);
}

/** Returns the preferences of a person; what they have not chosen follows from the language. */
export function preferencesOf(user: Partial<User> | undefined, fallback: Language): Preferences {
  const language = isLanguage(user?.locale) ? user.locale : fallback;
  const usual = OF_LANGUAGE[language];
  const firstDay = DAYS.indexOf(user?.firstDayOfWeek ?? "");
  const weekend = (user?.weekend ?? []).map((day) => DAYS.indexOf(day));
  return {
    language,
    calendar: CALENDARS[user?.calendar as keyof typeof CALENDARS] ?? usual.calendar,
    digits: DIGITS[user?.digits as keyof typeof DIGITS] ?? usual.digits,
    timeZone: user?.timeZone || Intl.DateTimeFormat().resolvedOptions().timeZone,
    firstDay: firstDay < 0 ? usual.firstDay : firstDay,
    weekend: weekend.length ? weekend : usual.weekend,
  };
}
