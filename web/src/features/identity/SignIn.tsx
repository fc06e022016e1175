import { Button, PasswordInput, TextInput } from "@mantine/core";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { useState, type FormEvent } from "react";
import { useTranslation } from "react-i18next";
import { get, post } from "@/api/client";
import { meQuery } from "@/api/me";
import type { components } from "@/api/schema.gen";
import { toAsciiDigits } from "@/lib/digits";
import { SignInPage } from "./SignInPage";
import classes from "./SignInPage.module.css";
import { useRefusal } from "./useRefusal";

type Options = components["schemas"]["ListSignInOptionsResponse"];
type Answer = components["schemas"]["CreateSessionResponse"];

/** E-mail and password, then the second factor where there is one; or single sign-on. */
export function SignIn() {
  const { t } = useTranslation("identity");
  const [challenge, setChallenge] = useState("");
  const finish = useFinish();
  return (
    <SignInPage title={challenge ? t("signIn.secondStep") : t("signIn.title")}>
      {challenge ? (
        <SecondStep challenge={challenge} onDone={finish} onBack={() => setChallenge("")} />
      ) : (
        <FirstStep onDone={finish} onChallenge={setChallenge} />
      )}
    </SignInPage>
  );
}

/** Returns what leads to where the person wanted to go. */
export function useFinish() {
  const queryClient = useQueryClient();
  const navigate = useNavigate();
  const { to } = useSearch({ strict: false }) as { to?: string };
  return async (target?: string) => {
    queryClient.clear();
    await queryClient.fetchQuery(meQuery);
    const wanted = target || to || "/";
    // Only within Wasl, whoever wrote the link.
    await navigate({ to: /^\/(?![/\\])/.test(wanted) ? wanted : "/" });
  };
}

function FirstStep({
  onDone,
  onChallenge,
}: {
  onDone: () => Promise<void>;
  onChallenge: (challenge: string) => void;
}) {
  const { t } = useTranslation("identity");
  const { refusal, busy, attempt } = useRefusal("signIn");
  const [email, setEmail] = useState("");
  const [password, setPassword] = useState("");
  const { data: options } = useQuery({
    queryKey: ["signInOptions"],
    queryFn: () => get<Options>("/v1/signInOptions", { anonymous: true }),
    retry: false,
  });

  function submit(event: FormEvent) {
    event.preventDefault();
    void attempt(async () => {
      const answer = await post<Answer>(
        "/v1/sessions",
        { email: email.trim(), password },
        { anonymous: true },
      );
      if (answer.challenge) onChallenge(answer.challenge);
      else await onDone();
    });
  }

  return (
    <>
      {(options?.password ?? true) && (
        <form className={classes.form} onSubmit={submit}>
          {refusal && (
            <p className={classes.refused} role="alert">
              {refusal}
            </p>
          )}
          <TextInput
            label={t("signIn.email")}
            type="email"
            name="email"
            autoComplete="username"
            required
            withAsterisk={false}
            autoFocus
            inputMode="email"
            classNames={{ input: "ltr" }}
            value={email}
            onChange={(event) => setEmail(event.currentTarget.value)}
          />
          <PasswordInput
            label={t("signIn.password")}
            name="password"
            autoComplete="current-password"
            required
            withAsterisk={false}
            value={password}
            visibilityToggleButtonProps={{ "aria-label": t("signIn.showPassword") }}
            onChange={(event) => setPassword(event.currentTarget.value)}
          />
          <Button type="submit" loading={busy} fullWidth>
            {t("signIn.do")}
          </Button>
          <Link to="/forgot-password" className={classes.link}>
            {t("signIn.forgotten")}
          </Link>
        </form>
      )}
      <Providers options={options} />
    </>
  );
}

function Providers({ options }: { options: Options | undefined }) {
  const { t } = useTranslation("identity");
  const { to } = useSearch({ strict: false }) as { to?: string };
  const { refusal, busy, attempt } = useRefusal("signIn");
  if (!options?.providers?.length) return null;
  const start = (providerId: string) =>
    void attempt(async () => {
      const { authorizationUrl } = await post<{ authorizationUrl: string }>(
        "/v1/oidcSignIns:start",
        { providerId, returnTo: to ?? "/" },
        { anonymous: true },
      );
      window.location.assign(authorizationUrl);
    });
  return (
    <>
      {options.password && <div className={classes.or}>{t("signIn.or")}</div>}
      {refusal && (
        <p className={classes.refused} role="alert">
          {refusal}
        </p>
      )}
      {options.providers.map((provider) => (
        <Button
          key={provider.id}
          variant="default"
          fullWidth
          loading={busy}
          onClick={() => start(provider.id ?? "")}
        >
          {t("signIn.with", { provider: provider.displayName })}
        </Button>
      ))}
    </>
  );
}

function SecondStep({
  challenge,
  onDone,
  onBack,
}: {
  challenge: string;
  onDone: () => Promise<void>;
  onBack: () => void;
}) {
  const { t } = useTranslation("identity");
  const { refusal, busy, attempt } = useRefusal("secondFactor");
  const [code, setCode] = useState("");

  function submit(event: FormEvent) {
    event.preventDefault();
    void attempt(async () => {
      await post(
        "/v1/sessions:verify",
        { challenge, code: toAsciiDigits(code).trim() },
        { anonymous: true },
      );
      await onDone();
    });
  }

  return (
    <form className={classes.form} onSubmit={submit}>
      <p className={classes.told}>{t("signIn.codeHint")}</p>
      {refusal && (
        <p className={classes.refused} role="alert">
          {refusal}
        </p>
      )}
      <TextInput
        label={t("signIn.code")}
        name="code"
        autoComplete="one-time-code"
        inputMode="numeric"
        required
        withAsterisk={false}
        autoFocus
        classNames={{ input: "ltr" }}
        value={code}
        onChange={(event) => setCode(event.currentTarget.value)}
      />
      <Button type="submit" loading={busy} fullWidth>
        {t("signIn.do")}
      </Button>
      <Button variant="subtle" color="gray" onClick={onBack}>
        {t("common:action.back")}
      </Button>
    </form>
  );
}
