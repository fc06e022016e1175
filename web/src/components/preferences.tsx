import { createContext, useContext, useEffect, useMemo, type ReactNode } from "react";
import { DirectionProvider, MantineProvider, useDirection } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { useKnownUser } from "@/api/me";
import { changeLanguage, writeNumbersWith } from "@/i18n";
import { createFormat, type Format } from "@/lib/format";
import { guessLanguage, isLanguage, isRtl, preferencesOf, type Language } from "@/lib/preferences";
import { cssVariables, theme } from "@/theme/theme";

const FormatContext = createContext<Format | undefined>(undefined);

/** Returns what writes numbers, money and dates for the person. */
export function useFormat(): Format {
  const format = useContext(FormatContext);
  if (!format) throw new Error("There are no preferences around this component");
  return format;
}

const NONCE = document.querySelector('meta[name="csp-nonce"]')?.getAttribute("content") ?? "";

/** Gives the screens the person's language, direction, digits, calendar and time zone. */
export function PreferencesProvider({ children }: { children: ReactNode }) {
  const { i18n } = useTranslation();
  const user = useKnownUser();
  const locale = user?.locale;
  useEffect(() => {
    if (isLanguage(locale) && locale !== i18n.language) void changeLanguage(locale);
  }, [locale, i18n]);
  const shown: Language = isLanguage(i18n.language) ? i18n.language : guessLanguage();
  const format = useMemo(() => {
    const made = createFormat({ ...preferencesOf(user, shown), language: shown });
    writeNumbersWith((value) => made.number(value));
    return made;
  }, [user, shown]);
  return (
    <DirectionProvider initialDirection={isRtl(shown) ? "rtl" : "ltr"} detectDirection={false}>
      <MantineProvider
        theme={theme}
        cssVariablesResolver={cssVariables}
        defaultColorScheme="auto"
        getStyleNonce={() => NONCE}
      >
        <Directed rtl={isRtl(shown)} />
        <FormatContext value={format}>{children}</FormatContext>
      </MantineProvider>
    </DirectionProvider>
  );
}

function Directed({ rtl }: { rtl: boolean }) {
  const { setDirection } = useDirection();
  useEffect(() => setDirection(rtl ? "rtl" : "ltr"), [rtl, setDirection]);
  return null;
}
