import { Button, Group, Text } from "@mantine/core";
import { CircleAlert, Copy } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Problem, type Violation } from "@/api/problem";
import classes from "./problem.module.css";

/** Returns functions that say in the person's language what a problem or a violation means. */
export function useProblemText() {
  const { t, i18n } = useTranslation();
  const told = (code: string, fallback: string) =>
    i18n.exists(`problem.${code}`) ? t(`problem.${code}`) : fallback;
  return {
    problemText: (error: unknown) =>
      error instanceof Problem ? told(error.code, error.message) : t("problem.INTERNAL"),
    violationText: (violation: Violation) => told(violation.code, violation.message),
  };
}

/** What happened, what to do, and the code to copy, where content should have been. */
export function ProblemState({ error, retry }: { error: unknown; retry?: () => void }) {
  const { t } = useTranslation();
  const { problemText } = useProblemText();
  const [copied, setCopied] = useState(false);
  const problem = error instanceof Problem ? error : undefined;
  const code = [problem?.code, problem?.requestId].filter(Boolean).join(" ");
  return (
    <div className={classes.state} role="alert">
      <CircleAlert size={28} aria-hidden className={classes.icon} />
      <h2>{t("state.failed")}</h2>
      <Text c="dimmed">{problemText(error)}</Text>
      <Group justify="center" gap="xs">
        {retry && <Button onClick={retry}>{t("action.retry")}</Button>}
        {code && (
          <Button
            variant="default"
            leftSection={<Copy size={14} aria-hidden />}
            onClick={() => {
              void navigator.clipboard.writeText(code).then(() => setCopied(true));
            }}
          >
            {copied ? t("action.copied") : <bdi className="ltr">{problem?.code}</bdi>}
          </Button>
        )}
      </Group>
    </div>
  );
}
