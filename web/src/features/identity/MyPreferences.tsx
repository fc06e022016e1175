import { Select, TextInput } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { call } from "@/api/client";
import { meQuery, type Me, type User } from "@/api/me";
import { directionOf } from "@/components/fields/direction";
import { useFormat } from "@/components/preferences";
import { toast, toastProblem } from "@/components/toast";
import { isLanguage, LANGUAGE_NAMES, LANGUAGES } from "@/lib/preferences";
import classes from "./Me.module.css";

const WEEK = ["SATURDAY", "SUNDAY", "MONDAY", "TUESDAY", "WEDNESDAY", "THURSDAY", "FRIDAY"];
const ZONES = [...new Set(["UTC", ...Intl.supportedValuesOf("timeZone")])];
const A_SUNDAY = Date.UTC(2026, 0, 4);

/** Name, language, calendar, digits, time zone, week: each saved as it is chosen. */
export function MyPreferences({ user }: { user: User }) {
  const { t } = useTranslation("identity");
  const format = useFormat();
  const queryClient = useQueryClient();
  const [name, setName] = useState(user.displayName ?? "");
  const save = useMutation({
    mutationFn: (change: Partial<User>) =>
      call<{ user: User }>("PATCH", "/v1/me", { body: change, etag: user.etag }),
    onSuccess: (answer) => {
      queryClient.setQueryData<Me>(meQuery.queryKey, (me) => me && { ...me, user: answer.user });
      toast(t("common:state.saved"));
    },
    onError: toastProblem,
  });
  const choose = (field: keyof User) => (value: string | null) =>
    save.mutate({ [field]: value || undefined } as Partial<User>);
  const chosen = (value: string | undefined) =>
    value && !value.endsWith("UNSPECIFIED") ? value : null;
  const weekday = (day: string) =>
    new Intl.DateTimeFormat(format.preferences.language, {
      weekday: "long",
      timeZone: "UTC",
    }).format(A_SUNDAY + ((WEEK.indexOf(day) + 6) % 7) * 86_400_000);
  const usual = t("me.asLanguage");

  return (
    <section className={classes.card} aria-label={t("me.profile")}>
      <h2>{t("me.profile")}</h2>
      <div className={classes.fields}>
        <TextInput
          label={t("me.name")}
          {...directionOf(name)}
          value={name}
          onChange={(event) => setName(event.currentTarget.value)}
          onBlur={() =>
            name.trim() && name !== user.displayName && save.mutate({ displayName: name })
          }
        />
        <TextInput
          label={t("me.email")}
          value={user.email}
          readOnly
          classNames={{ input: "ltr" }}
        />
        <Select
          label={t("me.language")}
          data={LANGUAGES.map((value) => ({ value, label: LANGUAGE_NAMES[value] }))}
          value={isLanguage(user.locale) ? user.locale : format.preferences.language}
          allowDeselect={false}
          onChange={choose("locale")}
        />
        <Select
          label={t("me.calendar")}
          placeholder={usual}
          clearable
          data={["GREGORIAN", "PERSIAN", "UMM_AL_QURA"].map((value) => ({
            value,
            label: t(`calendar.${value}`),
          }))}
          value={chosen(user.calendar)}
          onChange={choose("calendar")}
        />
        <Select
          label={t("me.digits")}
          placeholder={usual}
          clearable
          data={["LATIN", "ARABIC", "PERSIAN_DIGITS"].map((value) => ({
            value,
            label: t(`digits.${value}`),
          }))}
          value={chosen(user.digits)}
          onChange={choose("digits")}
        />
        <Select
          label={t("me.timeZone")}
          searchable
          data={ZONES}
          value={user.timeZone || format.preferences.timeZone}
          allowDeselect={false}
          classNames={{ input: "ltr" }}
          onChange={choose("timeZone")}
        />
        <Select
          label={t("me.firstDay")}
          placeholder={usual}
          clearable
          data={WEEK.map((value) => ({ value, label: weekday(value) }))}
          value={chosen(user.firstDayOfWeek)}
          onChange={choose("firstDayOfWeek")}
        />
      </div>
      <p className={classes.told}>
        {t("me.example", {
          day: format.day(new Date().toISOString().slice(0, 10), "long"),
          number: format.number(1234567.89),
        })}
      </p>
    </section>
  );
}
