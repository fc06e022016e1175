import { Button, Select, Skeleton, TextInput } from "@mantine/core";
import { useInfiniteQuery } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { Download } from "lucide-react";
import { useTranslation } from "react-i18next";
import { get, pathWith } from "@/api/client";
import { useMe } from "@/api/me";
import { resourceOf } from "@/api/resource";
import { useTitle } from "@/components/crumb";
import { FieldInput } from "@/components/fields/FieldInput";
import { LEFT_TO_RIGHT } from "@/components/fields/direction";
import { useFormat } from "@/components/preferences";
import { ProblemState } from "@/components/problem";
import { ListSkeleton } from "@/components/skeletons";
import { useAccessNames, usePermissions } from "./access";
import { auditFilter, type AuditEntry, type AuditSearch } from "./audit";
import { AuditEntryPanel } from "./AuditEntryPanel";
import { AuditRow } from "./AuditRow";
import classes from "./AuditLog.module.css";

const IDENTITY = resourceOf("identity.users");
// An entry of a bulk write has hundreds of changes: few entries at a time keep pages light.
const PAGE_SIZE = 30;

interface Page {
  auditEntries: AuditEntry[];
  nextPageToken: string;
}

/** Who did what, when and from where; the question is kept in the address. */
export function AuditLog() {
  const { t } = useTranslation(["identity", "common"]);
  const { may } = useMe();
  const format = useFormat();
  const search = useSearch({ strict: false }) as AuditSearch;
  const navigate = useNavigate();
  const filter = auditFilter(search, format.preferences);
  useTitle(t("auditEntries.title"));
  const list = useInfiniteQuery({
    queryKey: ["auditEntries", filter],
    queryFn: ({ pageParam, signal }) =>
      get<Page>("/v1/auditEntries", {
        query: { filter, pageSize: PAGE_SIZE, pageToken: pageParam },
        signal,
      }),
    initialPageParam: "",
    getNextPageParam: (page) => page.nextPageToken || undefined,
  });
  const entries = list.data?.pages.flatMap((page) => page.auditEntries) ?? [];
  const set = (changed: Partial<AuditSearch>, replace = true) =>
    void navigate({ to: ".", search: { ...search, ...changed } as never, replace });

  return (
    <div className={classes.page}>
      <div className={classes.head}>
        <h1>{t("auditEntries.title")}</h1>
        {may("identity.auditEntries.export") && (
          <Button
            component="a"
            href={pathWith("/v1/auditEntries:export", { filter, format: "XLSX" })}
            download
            variant="default"
            size="xs"
            h={32}
            leftSection={<Download size={14} aria-hidden />}
          >
            {t("common:action.export")}
          </Button>
        )}
      </div>
      <Filters search={search} onChange={set} />
      <div className={classes.main}>
        <div className={classes.scroll}>
          {list.error && !entries.length ? (
            <ProblemState error={list.error} retry={() => void list.refetch()} />
          ) : list.isPending ? (
            <ListSkeleton />
          ) : entries.length === 0 ? (
            <Empty
              onClear={filter ? () => void navigate({ to: ".", search: {} as never }) : undefined}
            />
          ) : (
            <table className={classes.table} aria-label={t("auditEntries.title")}>
              <thead>
                <tr>
                  {["time", "userId", "method", "record", "outcome", "address"].map((name) => (
                    <th scope="col" key={name}>
                      {t(`fields.auditEntries.${name}`)}
                    </th>
                  ))}
                </tr>
              </thead>
              <tbody>
                {entries.map((entry) => (
                  <AuditRow
                    key={entry.id}
                    entry={entry}
                    current={entry.id === search.entry}
                    onOpen={() => set({ entry: entry.id }, Boolean(search.entry))}
                  />
                ))}
              </tbody>
            </table>
          )}
          {list.isFetchingNextPage && <Skeleton height={24} m={12} />}
          {list.hasNextPage && !list.isFetchingNextPage && (
            <Button variant="subtle" m={8} onClick={() => void list.fetchNextPage()}>
              {t("auditEntries.more")}
            </Button>
          )}
        </div>
        {search.entry && (
          <AuditEntryPanel
            key={search.entry}
            id={search.entry}
            known={entries.find((one) => one.id === search.entry)}
            onClose={() => set({ entry: undefined })}
            onRecord={(record) => set({ record })}
          />
        )}
      </div>
    </div>
  );
}

interface FilterProps {
  search: AuditSearch;
  onChange: (changed: Partial<AuditSearch>) => void;
}

function Filters({ search, onChange }: FilterProps) {
  const { t } = useTranslation("identity");
  const names = useAccessNames();
  const { permissions } = usePermissions();
  const written = (permissions ?? []).filter((one) => /^(create|update|delete)$/.test(one.verb));
  const resources = [...new Set(written.map((one) => `${one.service}.${one.collection}`))];
  const day = (name: "from" | "to") => (
    <FieldInput
      resource={IDENTITY}
      field={{ name, kind: "date", label: t(`auditEntries.${name}`) }}
      value={search[name]}
      onChange={(value) => onChange({ [name]: (value as string) || undefined })}
    />
  );
  return (
    <div className={classes.filters} role="search" aria-label={t("auditEntries.filters")}>
      <FieldInput
        resource={IDENTITY}
        field={{
          name: "userId",
          kind: "reference",
          reference: "identity.users",
          label: t("auditEntries.who"),
        }}
        value={search.user}
        onChange={(user) => onChange({ user: (user as string) || undefined })}
      />
      {day("from")}
      {day("to")}
      <Select
        label={t("auditEntries.what")}
        clearable
        searchable
        data={resources.map((one) => ({
          value: one,
          label:
            one.split(".")[1] === "customFields"
              ? `${names.collection(one)} (${names.service(one.split(".")[0] ?? "")})`
              : names.collection(one),
        }))}
        value={search.resource ?? null}
        onChange={(resource) => onChange({ resource: resource ?? undefined })}
      />
      <TextInput
        key={search.record}
        label={t("auditEntries.record")}
        {...LEFT_TO_RIGHT}
        defaultValue={search.record ?? ""}
        onBlur={(event) => onChange({ record: event.currentTarget.value.trim() || undefined })}
        onKeyDown={(event) => event.key === "Enter" && event.currentTarget.blur()}
      />
      <Select
        label={t("fields.auditEntries.outcome")}
        clearable
        data={["done", "refused"].map((one) => ({
          value: one,
          label: t(`auditEntries.outcome.${one}`),
        }))}
        value={search.outcome ?? null}
        onChange={(one) => onChange({ outcome: (one as AuditSearch["outcome"]) ?? undefined })}
      />
    </div>
  );
}

function Empty({ onClear }: { onClear?: () => void }) {
  const { t } = useTranslation(["identity", "common"]);
  return (
    <div className={classes.empty}>
      <p>{t("auditEntries.empty")}</p>
      {onClear && (
        <Button variant="default" onClick={onClear}>
          {t("common:list.clearAll")}
        </Button>
      )}
    </div>
  );
}
