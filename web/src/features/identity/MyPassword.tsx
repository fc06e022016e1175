import { Button, PasswordInput } from "@mantine/core";
import { useState, type FormEvent } from "react";
import { useTranslation } from "react-i18next";
import { post } from "@/api/client";
import { toast } from "@/components/toast";
import classes from "./Me.module.css";
import { useRefusal } from "./useRefusal";

/** Changes the password, proved by the old one. */
export function MyPassword() {
  const { t } = useTranslation("identity");
  const { refusal, busy, attempt } = useRefusal("password");
  const [currentPassword, setCurrent] = useState("");
  const [newPassword, setNew] = useState("");

  function submit(event: FormEvent) {
    event.preventDefault();
    void attempt(async () => {
      await post("/v1/password:change", { currentPassword, newPassword }, { anonymous: true });
      setCurrent("");
      setNew("");
      toast(t("password.changed"));
    });
  }

  const toggle = { "aria-label": t("signIn.showPassword") };
  return (
    <form className={classes.card} onSubmit={submit} aria-label={t("password.title")}>
      <h2>{t("password.title")}</h2>
      {refusal && (
        <p className={classes.refused} role="alert">
          {refusal}
        </p>
      )}
      <div className={classes.fields}>
        <PasswordInput
          label={t("password.current")}
          autoComplete="current-password"
          required
          withAsterisk={false}
          value={currentPassword}
          visibilityToggleButtonProps={toggle}
          onChange={(event) => setCurrent(event.currentTarget.value)}
        />
        <PasswordInput
          label={t("password.new")}
          autoComplete="new-password"
          required
          withAsterisk={false}
          minLength={8}
          maxLength={200}
          value={newPassword}
          visibilityToggleButtonProps={toggle}
          onChange={(event) => setNew(event.currentTarget.value)}
        />
      </div>
      <p className={classes.told}>{t("password.rule")}</p>
      <div>
        <Button type="submit" variant="default" loading={busy}>
          {t("password.change")}
        </Button>
      </div>
    </form>
  );
}
