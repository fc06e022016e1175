import { Button, PasswordInput } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import { useState, type FormEvent } from "react";
import { useTranslation } from "react-i18next";
import { post } from "@/api/client";
import { SignInPage } from "./SignInPage";
import classes from "./SignInPage.module.css";
import { useRefusal } from "./useRefusal";

/** Sets a password with the token of a link, which stands behind # and so in no server's log. */
export function ResetPassword() {
  const { t } = useTranslation("identity");
  const { refusal, busy, attempt } = useRefusal("link");
  const [token] = useState(
    () => new URLSearchParams(window.location.hash.slice(1)).get("token") ?? "",
  );
  const [password, setPassword] = useState("");
  const [done, setDone] = useState(false);

  function submit(event: FormEvent) {
    event.preventDefault();
    void attempt(async () => {
      await post("/v1/password:reset", { token, newPassword: password }, { anonymous: true });
      setDone(true);
    });
  }

  return (
    <SignInPage title={t("reset.title")}>
      {!token && (
        <p className={classes.refused} role="alert">
          {t("refused.link")}
        </p>
      )}
      {done && <p role="status">{t("reset.done")}</p>}
      {token && !done && (
        <form className={classes.form} onSubmit={submit}>
          {refusal && (
            <p className={classes.refused} role="alert">
              {refusal}
            </p>
          )}
          <PasswordInput
            label={t("password.new")}
            description={t("password.rule")}
            autoComplete="new-password"
            required
            withAsterisk={false}
            autoFocus
            minLength={8}
            maxLength={200}
            value={password}
            visibilityToggleButtonProps={{ "aria-label": t("signIn.showPassword") }}
            onChange={(event) => setPassword(event.currentTarget.value)}
          />
          <Button type="submit" loading={busy} fullWidth>
            {t("reset.do")}
          </Button>
        </form>
      )}
      <Link to="/sign-in" className={classes.link}>
        {t("signIn.again")}
      </Link>
    </SignInPage>
  );
}
