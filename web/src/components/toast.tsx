import { CloseButton, UnstyledButton } from "@mantine/core";
import { CircleAlert, CircleCheck } from "lucide-react";
import { useEffect, useSyncExternalStore } from "react";
import { useTranslation } from "react-i18next";
import { useProblemText } from "./problem";
import classes from "./toast.module.css";

interface Toast {
  id: number;
  text?: string;
  /** Shown with its message in place of a text. */
  error?: unknown;
  undo?: () => void;
}

const SHOWN_MS = 7000;
let toasts: Toast[] = [];
let next = 1;
const listeners = new Set<() => void>();

function change(changed: Toast[]): void {
  toasts = changed;
  listeners.forEach((listener) => listener());
}

/** Tells the person that something is done, with a way back where there is one. */
export function toast(text: string, undo?: () => void): void {
  change([...toasts.slice(-3), { id: next++, text, undo }]);
}

/** Tells the person that something was refused. */
export function toastProblem(error: unknown): void {
  change([...toasts.slice(-3), { id: next++, error }]);
}

function dismiss(id: number): void {
  change(toasts.filter((one) => one.id !== id));
}

/** The corner where toasts appear; screen readers hear them. */
export function Toasts() {
  const shown = useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => toasts,
  );
  return (
    <div className={classes.corner} role="status" aria-live="polite">
      {shown.map((one) => (
        <ToastLine key={one.id} toast={one} />
      ))}
    </div>
  );
}

function ToastLine({ toast: shown }: { toast: Toast }) {
  const { t } = useTranslation();
  const { problemText } = useProblemText();
  const failed = shown.error !== undefined;
  useEffect(() => {
    const timer = setTimeout(() => dismiss(shown.id), failed ? SHOWN_MS * 2 : SHOWN_MS);
    return () => clearTimeout(timer);
  }, [shown.id, failed]);
  const Icon = failed ? CircleAlert : CircleCheck;
  return (
    <div className={classes.toast} data-failed={failed || undefined}>
      <Icon size={16} aria-hidden className={classes.icon} />
      <span className={classes.text}>{failed ? problemText(shown.error) : shown.text}</span>
      {shown.undo && (
        <UnstyledButton
          className={classes.undo}
          onClick={() => {
            dismiss(shown.id);
            shown.undo?.();
          }}
        >
          {t("action.undo")}
        </UnstyledButton>
      )}
      <CloseButton size="sm" aria-label={t("action.close")} onClick={() => dismiss(shown.id)} />
    </div>
  );
}
