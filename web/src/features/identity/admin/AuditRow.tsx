import { UnstyledButton } from "@mantine/core";
import { Check, X } from "lucide-react";
import { useTranslation } from "react-i18next";
import { useName } from "@/api/names";
import { Reference } from "@/components/fields/FieldValue";
import { useFormat } from "@/components/preferences";
import { useAccessNames } from "./access";
import { partsOfMethod, type AuditEntry } from "./audit";
import classes from "./AuditLog.module.css";

interface Props {
  entry: AuditEntry;
  current: boolean;
  onOpen: () => void;
}

/** One entry: when, who, what, about what, how it went, from where. */
export function AuditRow({ entry, current, onOpen }: Props) {
  const format = useFormat();
  const methodName = useMethodName();
  return (
    <tr data-current={current || undefined}>
      <td className="numbers">
        <UnstyledButton className={classes.open} aria-pressed={current} onClick={onOpen}>
          {format.time(entry.time)}
        </UnstyledButton>
      </td>
      <td>
        <Who entry={entry} />
      </td>
      <td>{methodName(entry.method)}</td>
      <td>
        <About entry={entry} />
      </td>
      <td>
        <Outcome outcome={entry.outcome} />
      </td>
      <td>
        <bdi className="ltr numbers">{entry.address}</bdi>
      </td>
    </tr>
  );
}

/** The person and, where it was not a browser, the credential. */
export function Who({ entry }: { entry: AuditEntry }) {
  const { t } = useTranslation("identity");
  const kind = entry.credential.split(":")[0] ?? "";
  return (
    <>
      {entry.userId ? (
        <Reference to="identity.users" id={entry.userId} />
      ) : (
        t(kind === "system" ? "auditEntries.system" : "auditEntries.nobody")
      )}
      {kind === "apiKey" && <span className={classes.dim}> · {t("apiKeys.one")}</span>}
    </>
  );
}

function About({ entry }: { entry: AuditEntry }) {
  const { t } = useTranslation("identity");
  const first = entry.changes[0];
  const name = useName(first?.resource, first?.recordId);
  if (!first) return null;
  return (
    <>
      <bdi>{name ?? first.recordId.slice(0, 8)}</bdi>
      {entry.changes.length > 1 && (
        <span className={classes.dim}>
          {" "}
          {t("auditEntries.andMore", { count: entry.changes.length - 1 })}
        </span>
      )}
    </>
  );
}

/** How it went: a sign and words. */
export function Outcome({ outcome }: { outcome: string }) {
  const { t, i18n } = useTranslation("identity");
  const done = outcome === "OK";
  const key = `auditEntries.code.${outcome}`;
  return (
    <span className={classes.outcome} data-refused={!done || undefined}>
      {done ? <Check size={14} aria-hidden /> : <X size={14} aria-hidden />}
      {i18n.exists(`identity:${key}`) ? t(key) : outcome}
    </span>
  );
}

/** Returns what says in words what a method does. */
export function useMethodName() {
  const { i18n, t } = useTranslation("identity");
  const names = useAccessNames();
  return (method: string) => {
    if (i18n.exists(`identity:method.${method}`)) return t(`method.${method}`);
    const { verb, thing } = partsOfMethod(method);
    const what = names.thing(thing);
    if (!what || !i18n.exists(`identity:verb.${verb}`)) {
      return <bdi className="ltr">{method}</bdi>;
    }
    return t("auditEntries.did", { what, verb: names.verb(verb) });
  };
}
