import i18next, { type BackendModule, type FormatterModule } from "i18next";
import { initReactI18next } from "react-i18next";
import { isRtl, type Language } from "@/lib/preferences";

const CATALOGUES = import.meta.glob<{ default: object }>("./*/*.json");

// Catalogues are loaded when a screen first needs them, one language at a time.
const lazily: BackendModule = {
  type: "backend",
  init: () => undefined,
  read: (language, namespace, done) => {
    const load = CATALOGUES[`./${language}/${namespace}.json`];
    if (!load) return done(null, {});
    load().then(
      (found) => done(null, found.default),
      (error: Error) => done(error, false),
    );
  },
};

let write: (value: number) => string = String;

/** Says how numbers within sentences are written. */
export function writeNumbersWith(format: (value: number) => string): void {
  write = format;
}

const numbers: FormatterModule = {
  type: "formatter",
  init: () => undefined,
  add: () => undefined,
  addCached: () => undefined,
  format: (value: unknown) => (typeof value === "number" ? write(value) : (value as string)),
};

/** Begins with one language; screens wait for their catalogues. */
export async function startI18n(language: Language): Promise<void> {
  direct(language);
  await i18next
    .use(lazily)
    .use(numbers)
    .use(initReactI18next)
    .init({
      lng: language,
      fallbackLng: "en",
      supportedLngs: ["en", "ar", "fa"],
      ns: ["common"],
      defaultNS: "common",
      interpolation: { escapeValue: false, alwaysFormat: true },
      returnNull: false,
    });
}

/** Changes the language and the direction of the page, without a reload. */
export async function changeLanguage(language: Language): Promise<void> {
  localStorage.setItem("wasl.language", language);
  await i18next.changeLanguage(language);
  direct(language);
}

function direct(language: Language): void {
  document.documentElement.lang = language;
  document.documentElement.dir = isRtl(language) ? "rtl" : "ltr";
}
