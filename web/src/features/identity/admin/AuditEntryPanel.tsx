import { CloseButton, Skeleton } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useEffect, useRef, type ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { get } from "@/api/client";
import { useName } from "@/api/names";
import type { Field } from "@/api/resource";
import { RESOURCES } from "@/api/resources.gen";
import { FieldValue, Reference } from "@/components/fields/FieldValue";
import { useFormat } from "@/components/preferences";
import { ProblemState } from "@/components/problem";
import { useKeys } from "@/lib/keys";
import { useAccessNames } from "./access";
import { differences, type AuditEntry, type Change } from "./audit";
import classes from "./AuditLog.module.css";
import { Outcome, useMethodName, Who } from "./AuditRow";

interface Props {
  id: string;
  /** The entry, where the list has it already. */
  known?: AuditEntry;
  onClose: () => void;
  onRecord: (id: string) => void;
}

const TOLD = 50;

/** One entry whole, with what changed, before and after side by side. */
export function AuditEntryPanel({ id, known, onClose, onRecord }: Props) {
  const { t } = useTranslation(["identity", "common"]);
  const format = useFormat();
  const methodName = useMethodName();
  const title = useRef<HTMLHeadingElement>(null);
  useKeys({ Escape: onClose });
  const { data: entry, error } = useQuery({
    queryKey: ["auditEntry", id],
    queryFn: () => get<AuditEntry>(`/v1/auditEntries/${id}`),
    initialData: known,
    staleTime: Infinity,
  });
  useEffect(() => title.current?.focus(), []);

  const line = (name: string, value: ReactNode) =>
    value ? (
      <>
        <dt>{t(`fields.auditEntries.${name}`)}</dt>
        <dd>{value}</dd>
      </>
    ) : null;
  const code = (text: string) => text && <bdi className={`ltr ${classes.code}`}>{text}</bdi>;
  return (
    <aside className={classes.panel} aria-label={t("auditEntries.one")}>
      <header>
        <h2 ref={title} tabIndex={-1}>
          {entry && methodName(entry.method)}
        </h2>
        <CloseButton aria-label={t("common:action.close")} onClick={onClose} />
      </header>
      {error && <ProblemState error={error} />}
      {!entry && !error && <Skeleton height={160} m={16} />}
      {entry && (
        <>
          <dl>
            {line("time", format.time(entry.time))}
            {line("userId", <Who entry={entry} />)}
            {line("outcome", <Outcome outcome={entry.outcome} />)}
            {line("address", code(entry.address))}
            {line("userAgent", code(entry.userAgent))}
            {line("subject", code(entry.subject))}
            {line("method", code(`${entry.service} · ${entry.method}`))}
            {line("requestId", code(entry.requestId))}
            {line("number", code(`${entry.day} · ${entry.number}`))}
            {line("hash", code(entry.hash))}
          </dl>
          {entry.changes.slice(0, TOLD).map((change, index) => (
            <ChangeCard key={index} change={change} onRecord={onRecord} />
          ))}
          {entry.changes.length > TOLD && (
            <p className={classes.dim}>
              {t("auditEntries.andMore", { count: entry.changes.length - TOLD })}
            </p>
          )}
        </>
      )}
    </aside>
  );
}

function ChangeCard({ change, onRecord }: { change: Change; onRecord: (id: string) => void }) {
  const { t } = useTranslation("identity");
  const names = useAccessNames();
  const found = differences(change);
  const name = useName(change.resource, change.recordId);
  const word = names.verb(change.verb);
  return (
    <section className={classes.change}>
      <h3>
        {t("auditEntries.did", { what: names.collection(change.resource), verb: word })}
        {": "}
        {name ? (
          <Reference to={change.resource} id={change.recordId} />
        ) : (
          <bdi className={`ltr ${classes.code}`}>{change.recordId}</bdi>
        )}
      </h3>
      {found.length > 0 && (
        <table>
          <thead>
            <tr>
              <th scope="col">{t("auditEntries.field")}</th>
              <th scope="col">{t("auditEntries.before")}</th>
              <th scope="col">{t("auditEntries.after")}</th>
            </tr>
          </thead>
          <tbody>
            {found.map(({ field, before, after }) => (
              <tr key={field}>
                <th scope="row">{names.fieldOf(change.resource, field)}</th>
                <td>
                  <Value resource={change.resource} name={field} value={before} />
                </td>
                <td>
                  <Value resource={change.resource} name={field} value={after} />
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
      <button type="button" className={classes.history} onClick={() => onRecord(change.recordId)}>
        {t("auditEntries.history")}
      </button>
    </section>
  );
}

const REDACTED = "…redacted";
/** Kinds whose values are told as they are shown elsewhere; others may be told in part only. */
const SHOWN = new Set<Field["kind"]>(["text", "longText", "enum", "date", "time", "boolean"]);

function Value({ resource, name, value }: { resource: string; name: string; value: unknown }) {
  const { t } = useTranslation("identity");
  const known = RESOURCES[resource];
  const field = known?.fields.find((one) => one.name === name);
  if (value === REDACTED) return <span className={classes.dim}>{t("auditEntries.redacted")}</span>;
  if (value === undefined || value === "" || value === null) return <>–</>;
  if (known && field && typeof value === "string" && field.kind === "reference") {
    return <Reference to={field.reference ?? ""} id={value} />;
  }
  if (known && field && typeof value !== "object" && SHOWN.has(field.kind)) {
    return <FieldValue resource={known} field={field} value={value} />;
  }
  return (
    <bdi className={`ltr ${classes.code}`}>
      {typeof value === "string" ? value : JSON.stringify(value, null, 1)}
    </bdi>
  );
}
