import { Menu, useMantineColorScheme } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { Check, LogOut, Moon, Settings, Sun, SunMoon } from "lucide-react";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { call, post } from "@/api/client";
import { meQuery, useMe, type Me } from "@/api/me";
import { toastProblem } from "@/components/toast";
import { changeLanguage } from "@/i18n";
import { LANGUAGE_NAMES, LANGUAGES, type Language } from "@/lib/preferences";

const SCHEMES = [
  { value: "light", icon: Sun },
  { value: "dark", icon: Moon },
  { value: "auto", icon: SunMoon },
] as const;

/** Settings, language, appearance, sign out. */
export function MeMenu({ children }: { children: ReactNode }) {
  const { t, i18n } = useTranslation();
  const { user } = useMe();
  const navigate = useNavigate();
  const queryClient = useQueryClient();
  const { colorScheme, setColorScheme } = useMantineColorScheme();

  async function speak(language: Language) {
    await changeLanguage(language);
    // The language belongs to the person, not to the browser.
    queryClient.setQueryData<Me>(meQuery.queryKey, (me) =>
      me?.user ? { ...me, user: { ...me.user, locale: language } } : me,
    );
    await call("PATCH", "/v1/me", { body: { locale: language }, etag: user?.etag })
      .then(() => queryClient.invalidateQueries({ queryKey: meQuery.queryKey }))
      .catch(toastProblem);
  }

  async function signOut() {
    try {
      const { endSessionUrl } = await post<{ endSessionUrl?: string }>("/v1/sessions:end");
      queryClient.clear();
      if (endSessionUrl) window.location.assign(endSessionUrl);
      else await navigate({ to: "/sign-in" });
    } catch (error) {
      toastProblem(error);
    }
  }

  return (
    <Menu position="bottom-end" width={220}>
      <Menu.Target>{children}</Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>
          <bdi>{user?.displayName}</bdi>
        </Menu.Label>
        <Menu.Item
          leftSection={<Settings size={16} aria-hidden />}
          onClick={() => void navigate({ to: "/me" })}
        >
          {t("frame.settings")}
        </Menu.Item>
        <Menu.Divider />
        <Menu.Label>{t("frame.language")}</Menu.Label>
        {LANGUAGES.map((language) => (
          <Menu.Item
            key={language}
            lang={language}
            role="menuitemradio"
            aria-checked={i18n.language === language}
            rightSection={i18n.language === language && <Check size={14} aria-hidden />}
            onClick={() => void speak(language)}
          >
            {LANGUAGE_NAMES[language]}
          </Menu.Item>
        ))}
        <Menu.Divider />
        <Menu.Label>{t("frame.appearance")}</Menu.Label>
        {SCHEMES.map(({ value, icon: Icon }) => (
          <Menu.Item
            key={value}
            role="menuitemradio"
            aria-checked={colorScheme === value}
            leftSection={<Icon size={16} aria-hidden />}
            rightSection={colorScheme === value && <Check size={14} aria-hidden />}
            onClick={() => setColorScheme(value)}
          >
            {t(`frame.${value}`)}
          </Menu.Item>
        ))}
        <Menu.Divider />
        <Menu.Item
          leftSection={<LogOut size={16} aria-hidden className="mirrored" />}
          onClick={() => void signOut()}
        >
          {t("frame.signOut")}
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
