import { Button, TextInput } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import { useState, type FormEvent } from "react";
import { useTranslation } from "react-i18next";
import { post } from "@/api/client";
import { SignInPage } from "./SignInPage";
import classes from "./SignInPage.module.css";
import { useRefusal } from "./useRefusal";

/** Asks for a link to set a new password. The answer is the same whether there is such a person. */
export function ForgotPassword() {
  const { t } = useTranslation("identity");
  const { refusal, busy, attempt } = useRefusal("password");
  const [email, setEmail] = useState("");
  const [sent, setSent] = useState(false);

  function submit(event: FormEvent) {
    event.preventDefault();
    void attempt(async () => {
      await post("/v1/password:requestReset", { email: email.trim() }, { anonymous: true });
      setSent(true);
    });
  }

  return (
    <SignInPage title={t("forgotten.title")}>
      {sent ? (
        <p role="status">{t("forgotten.sent")}</p>
      ) : (
        <form className={classes.form} onSubmit={submit}>
          <p className={classes.told}>{t("forgotten.hint")}</p>
          {refusal && (
            <p className={classes.refused} role="alert">
              {refusal}
            </p>
          )}
          <TextInput
            label={t("signIn.email")}
            type="email"
            autoComplete="username"
            required
            withAsterisk={false}
            autoFocus
            classNames={{ input: "ltr" }}
            value={email}
            onChange={(event) => setEmail(event.currentTarget.value)}
          />
          <Button type="submit" loading={busy} fullWidth>
            {t("forgotten.do")}
          </Button>
        </form>
      )}
      <Link to="/sign-in" className={classes.link}>
        {t("signIn.again")}
      </Link>
    </SignInPage>
  );
}
