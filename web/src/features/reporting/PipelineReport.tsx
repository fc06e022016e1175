import { Button, Select } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { Download } from "lucide-react";
import { useTranslation } from "react-i18next";
import { get, pathWith } from "@/api/client";
import { useMe } from "@/api/me";
import { resourceOf } from "@/api/resource";
import { useTitle } from "@/components/crumb";
import { FieldInput } from "@/components/fields/FieldInput";
import { FilterBar } from "@/components/filter/FilterBar";
import { useResolved } from "@/components/filter/useResolved";
import { useFormat } from "@/components/preferences";
import { ProblemState } from "@/components/problem";
import { ReportChart } from "@/components/report/ReportChart";
import { ReportTable } from "@/components/report/ReportTable";
import { ListSkeleton } from "@/components/skeletons";
import { daysOf, PERIODS } from "@/lib/calendar";
import type { ReportSearch } from "@/lib/search";
import classes from "./PipelineReport.module.css";
import {
  behind,
  DIMENSIONS,
  FILTER_FIELDS,
  MEASURES,
  numberOf,
  written,
  type Measure,
  type Report,
  type Row,
} from "./question";

const DEALS = resourceOf("sales.opportunities");

/** The pipeline: a question on top, the chart, the table, and the deals behind every number. */
export function PipelineReport() {
  const { t } = useTranslation(["reporting", "sales", "common"]);
  const format = useFormat();
  const { may } = useMe();
  const navigate = useNavigate();
  const search = useSearch({ strict: false }) as ReportSearch;
  const measure = (
    search.measure && search.measure in MEASURES ? search.measure : "openValue"
  ) as Measure;
  const group = search.group ?? "STAGE";
  const filter = search.filter ?? "";
  const resolved = useResolved(filter, FILTER_FIELDS);
  const days = search.period ? daysOf(search.period, format.preferences) : undefined;
  const query = {
    groupBy: [group, ...(search.split && search.split !== group ? [search.split] : [])],
    filter: resolved,
    startDate: days?.[0],
    endDate: days?.[1],
    asOfDate: search.asOf,
  };
  const title = t("pipeline.title");
  useTitle(title);
  const { data, error, refetch, isPlaceholderData } = useQuery({
    queryKey: ["reporting", "pipeline", query],
    queryFn: ({ signal }) => get<Report>("/v1/reports/pipeline:run", { query, signal }),
    placeholderData: (previous) => previous,
  });
  const change = (changed: Partial<ReportSearch>) =>
    void navigate({
      to: ".",
      search: ((before: ReportSearch) => ({ ...before, ...changed })) as never,
    });
  const labelOf = (row: Row) => {
    const names = (row.groups ?? []).map((one) =>
      one.dimension === "STATE" && one.label
        ? t(`sales:enums.OpportunityState.${one.label.toUpperCase()}`, one.label)
        : one.label || t("none"),
    );
    return names.join(" · ");
  };
  const drill = (row: Row) => {
    const filterBehind = behind(row, filter, days);
    return filterBehind === undefined
      ? undefined
      : pathWith("/opportunities", { filter: filterBehind });
  };
  const exported = pathWith("/v1/reports/pipeline:export", {
    groupBy: query.groupBy,
    filter: resolved,
    startDate: days?.[0],
    endDate: days?.[1],
    asOfDate: search.asOf,
    format: "XLSX",
  });
  // Amounts run from left to right in every language.
  const cellsOf = (row: Row | undefined) =>
    (Object.keys(MEASURES) as Measure[]).map((key) => (
      <span key={key} className={MEASURES[key] === "money" ? "ltr" : undefined}>
        {written(row, key, format)}
      </span>
    ));
  const dimensions = DIMENSIONS.map((value) => ({ value, label: t(`by.${value}`) }));

  return (
    <div className={classes.page}>
      <div className={classes.head}>
        <h1>{title}</h1>
        {may("reporting.reports.export") && (
          <Button
            component="a"
            href={exported}
            download
            variant="default"
            size="xs"
            leftSection={<Download size={14} aria-hidden />}
          >
            {t("common:action.export")}
          </Button>
        )}
      </div>
      <div className={classes.question}>
        <Select
          label={t("measure")}
          allowDeselect={false}
          data={Object.keys(MEASURES).map((value) => ({ value, label: t(`measures.${value}`) }))}
          value={measure}
          onChange={(value) => change({ measure: value ?? undefined })}
        />
        <Select
          label={t("group")}
          allowDeselect={false}
          data={dimensions}
          value={group}
          onChange={(value) => change({ group: value ?? undefined })}
        />
        <Select
          label={t("split")}
          clearable
          placeholder={t("noSplit")}
          data={dimensions.filter((one) => one.value !== group)}
          value={search.split ?? null}
          onChange={(value) => change({ split: value ?? undefined })}
        />
        <Select
          label={t("period")}
          clearable
          placeholder={t("always")}
          data={PERIODS.map((value) => ({ value, label: t(`common:period.${value}`) }))}
          value={search.period ?? null}
          onChange={(value) => change({ period: value ?? undefined })}
        />
        <FieldInput
          resource={DEALS}
          field={{ name: "asOf", kind: "date", label: t("asOf") }}
          value={search.asOf ?? ""}
          onChange={(value) => change({ asOf: (value as string) || undefined })}
        />
      </div>
      <FilterBar
        resource={DEALS}
        fields={FILTER_FIELDS}
        filter={filter}
        onFilter={(text) => change({ filter: text || undefined })}
      />
      {error && !data && <ProblemState error={error} retry={() => void refetch()} />}
      {!data && !error && <ListSkeleton rows={8} />}
      {data && (
        <div className={classes.answer} data-old={isPlaceholderData || undefined}>
          <ReportChart
            title={t("chart", { measure: t(`measures.${measure}`), group: t(`by.${group}`) })}
            bars={(data.rows ?? []).map((row) => ({
              label: labelOf(row),
              value: numberOf(row, measure),
              written: written(row, measure, format, true),
              href: drill(row),
            }))}
          />
          <ReportTable
            label={title}
            head={t(`by.${group}`)}
            columns={(Object.keys(MEASURES) as Measure[]).map((key) => ({
              key,
              label: t(`measures.${key}`),
            }))}
            chosen={measure}
            rows={(data.rows ?? []).map((row) => ({
              label: labelOf(row),
              href: drill(row),
              cells: cellsOf(row),
            }))}
            total={{
              label: t("total"),
              cells: cellsOf(data.total),
            }}
          />
          <p className={classes.told}>
            {data.dataTime && t("dataTime", { when: format.time(data.dataTime) })}
            {Number(data.otherCurrencyDeals) > 0 &&
              ` ${t("otherCurrency", { count: Number(data.otherCurrencyDeals) })}`}
          </p>
        </div>
      )}
    </div>
  );
}
