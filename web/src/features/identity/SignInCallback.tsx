import { Button, Loader } from "@mantine/core";
import { Link, useSearch } from "@tanstack/react-router";
import { useEffect, useRef } from "react";
import { useTranslation } from "react-i18next";
import { post } from "@/api/client";
import { useFinish } from "./SignIn";
import { SignInPage } from "./SignInPage";
import classes from "./SignInPage.module.css";
import { useRefusal } from "./useRefusal";

/** Where a provider of single sign-on sends the browser back to. */
export function SignInCallback() {
  const { t } = useTranslation("identity");
  const { code, state, iss, error } = useSearch({ from: "/sign-in/callback" });
  const { refusal, attempt } = useRefusal("link");
  const finish = useFinish();
  const begun = useRef(false);
  useEffect(() => {
    // A code works once, and development renders twice.
    if (begun.current || error || !code || !state) return;
    begun.current = true;
    void attempt(async () => {
      const { returnTo } = await post<{ returnTo?: string }>(
        "/v1/oidcSignIns:complete",
        { code, state, iss: iss ?? "" },
        { anonymous: true },
      );
      await finish(returnTo || "/");
    });
  });
  const failed = refusal || (error || !code || !state ? t("refused.link") : "");
  return (
    <SignInPage title={t("signIn.title")}>
      {failed ? (
        <>
          <p className={classes.refused} role="alert">
            {failed}
          </p>
          <Button component={Link} to="/sign-in">
            {t("signIn.again")}
          </Button>
        </>
      ) : (
        <Loader aria-label={t("common:state.loading")} />
      )}
    </SignInPage>
  );
}
