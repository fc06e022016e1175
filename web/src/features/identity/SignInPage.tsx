import { Menu, UnstyledButton } from "@mantine/core";
import { Languages } from "lucide-react";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { Logo } from "@/components/Logo";
import { useTitle } from "@/components/crumb";
import { changeLanguage } from "@/i18n";
import { isLanguage, LANGUAGE_NAMES, LANGUAGES } from "@/lib/preferences";
import classes from "./SignInPage.module.css";

/** The page around every step of signing in, with the language switch. */
export function SignInPage({ title, children }: { title: string; children: ReactNode }) {
  const { t, i18n } = useTranslation("identity");
  useTitle(title);
  return (
    <div className={classes.page}>
      <header className={classes.head}>
        <Menu position="bottom-end">
          <Menu.Target>
            <UnstyledButton className={classes.language}>
              <Languages size={16} aria-hidden />
              {isLanguage(i18n.language) && LANGUAGE_NAMES[i18n.language]}
            </UnstyledButton>
          </Menu.Target>
          <Menu.Dropdown>
            {LANGUAGES.map((language) => (
              <Menu.Item
                key={language}
                lang={language}
                onClick={() => void changeLanguage(language)}
              >
                {LANGUAGE_NAMES[language]}
              </Menu.Item>
            ))}
          </Menu.Dropdown>
        </Menu>
      </header>
      <main className={classes.card}>
        <div className={classes.brand}>
          <Logo size={40} />
          <span>{t("common:product")}</span>
        </div>
        <h1 className={classes.title}>{title}</h1>
        {children}
      </main>
    </div>
  );
}
