import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Problem } from "@/api/problem";
import { useFormat } from "@/components/preferences";
import { useProblemText } from "@/components/problem";

/** Runs one step of signing in, and says in plain words why it was refused. */
export function useRefusal(step: "signIn" | "secondFactor" | "password" | "link") {
  const { t } = useTranslation("identity");
  const { problemText, violationText } = useProblemText();
  const format = useFormat();
  const [refusal, setRefusal] = useState("");
  const [busy, setBusy] = useState(false);

  function told(error: unknown): string {
    if (error instanceof Problem) {
      if (error.status === 401) return t(`refused.${step}`);
      if (error.status === 429) {
        return t("refused.wait", { time: format.duration(error.retryAfter || 60) });
      }
      if (error.violations.length) return error.violations.map(violationText).join(" ");
    }
    return problemText(error);
  }

  async function attempt(act: () => Promise<void>): Promise<boolean> {
    setBusy(true);
    setRefusal("");
    try {
      await act();
      return true;
    } catch (error) {
      setRefusal(told(error));
      return false;
    } finally {
      setBusy(false);
    }
  }

  return { refusal, busy, attempt };
}
