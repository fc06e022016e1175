import { Button, PasswordInput, TextInput } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { useMemo, useState, type FormEvent } from "react";
import { useTranslation } from "react-i18next";
import { encode } from "uqr";
import { post } from "@/api/client";
import { meQuery, type User } from "@/api/me";
import { toast } from "@/components/toast";
import { toAsciiDigits } from "@/lib/digits";
import classes from "./Me.module.css";
import { useRefusal } from "./useRefusal";

interface Enrolment {
  secret: string;
  uri: string;
}

/** Sets up the codes of an authenticator app, or takes them away. */
export function MySecondFactor({ user }: { user: User }) {
  const { t } = useTranslation("identity");
  const { refusal, busy, attempt } = useRefusal(user.secondFactor ? "password" : "secondFactor");
  const queryClient = useQueryClient();
  const [enrolment, setEnrolment] = useState<Enrolment>();
  const [codes, setCodes] = useState<string[]>([]);
  const [typed, setTyped] = useState("");
  const refresh = () => queryClient.invalidateQueries({ queryKey: meQuery.queryKey });

  const enrol = () =>
    attempt(async () => setEnrolment(await post<Enrolment>("/v1/secondFactor:enroll")));
  function confirm(event: FormEvent) {
    event.preventDefault();
    void attempt(async () => {
      const { recoveryCodes } = await post<{ recoveryCodes: string[] }>(
        "/v1/secondFactor:confirm",
        { code: toAsciiDigits(typed).trim() },
        { anonymous: true },
      );
      setCodes(recoveryCodes);
      setEnrolment(undefined);
      setTyped("");
      toast(t("second.enabled"));
      await refresh();
    });
  }
  function remove(event: FormEvent) {
    event.preventDefault();
    void attempt(async () => {
      await post("/v1/secondFactor:remove", { password: typed }, { anonymous: true });
      setTyped("");
      setCodes([]);
      toast(t("second.removed"));
      await refresh();
    });
  }

  return (
    <section className={classes.card} aria-label={t("second.title")}>
      <h2>{t("second.title")}</h2>
      <p className={classes.told}>{t(user.secondFactor ? "second.on" : "second.off")}</p>
      {refusal && (
        <p className={classes.refused} role="alert">
          {refusal}
        </p>
      )}
      {codes.length > 0 && (
        <>
          <p>{t("second.recovery")}</p>
          <ul className={`${classes.codes} ltr`}>
            {codes.map((code) => (
              <li key={code}>{code}</li>
            ))}
          </ul>
        </>
      )}
      {!user.secondFactor && !enrolment && (
        <div>
          <Button variant="default" loading={busy} onClick={() => void enrol()}>
            {t("second.start")}
          </Button>
        </div>
      )}
      {enrolment && (
        <form className={classes.fields} onSubmit={confirm}>
          <QrCode text={enrolment.uri} label={t("second.qr")} />
          <div className={classes.card}>
            <p>{t("second.scan")}</p>
            <p className={classes.told}>
              {t("second.secret")} <code className="ltr">{enrolment.secret}</code>
            </p>
            <TextInput
              label={t("signIn.code")}
              autoComplete="one-time-code"
              inputMode="numeric"
              required
              withAsterisk={false}
              autoFocus
              classNames={{ input: "ltr" }}
              value={typed}
              onChange={(event) => setTyped(event.currentTarget.value)}
            />
            <Button type="submit" loading={busy}>
              {t("second.confirm")}
            </Button>
          </div>
        </form>
      )}
      {user.secondFactor && (
        <form className={classes.fields} onSubmit={remove}>
          <PasswordInput
            label={t("password.current")}
            autoComplete="current-password"
            required
            withAsterisk={false}
            value={typed}
            visibilityToggleButtonProps={{ "aria-label": t("signIn.showPassword") }}
            onChange={(event) => setTyped(event.currentTarget.value)}
          />
          <div>
            <Button type="submit" variant="default" loading={busy}>
              {t("second.remove")}
            </Button>
          </div>
        </form>
      )}
    </section>
  );
}

function QrCode({ text, label }: { text: string; label: string }) {
  const { path, size } = useMemo(() => {
    const { data, size: side } = encode(text, { border: 1 });
    const steps = data.flatMap((row, y) =>
      row.map((dark, x) => (dark ? `M${x} ${y}h1v1h-1z` : "")),
    );
    return { path: steps.join(""), size: side };
  }, [text]);
  return (
    <svg className={classes.qr} viewBox={`0 0 ${size} ${size}`} role="img" aria-label={label}>
      <path d={path} fill="#000" />
    </svg>
  );
}
