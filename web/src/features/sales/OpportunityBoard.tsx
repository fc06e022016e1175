import { Select } from "@mantine/core";
import { useQueries, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { get } from "@/api/client";
import { useMe } from "@/api/me";
import { fetchPage, refreshLists } from "@/api/records";
import type { RecordJson } from "@/api/resource";
import type { components } from "@/api/schema.gen";
import { Board, type BoardColumn } from "@/components/board/Board";
import { Reference } from "@/components/fields/FieldValue";
import { useSave } from "@/components/form/useSave";
import type { ScreenDefinition } from "@/components/list/definition";
import { useFormat } from "@/components/preferences";
import { ProblemState } from "@/components/problem";
import { ListSkeleton } from "@/components/skeletons";
import { todayIn, wireDay } from "@/lib/calendar";
import { isOverdue, moveTo, type Opportunity, type Pipeline, type Stage } from "./opportunity";
import classes from "./OpportunityBoard.module.css";
import { totalOf, weighted } from "./sums";
import { useMoves } from "./useMoves";

type Report = components["schemas"]["RunPipelineReportResponse"];

interface Props {
  definition: ScreenDefinition;
  pipelines: Pipeline[];
  query: { q?: string; filter?: string };
}

const SHOWN = 50;

/** The stages of a pipeline as columns, the deals as cards. */
export function OpportunityBoard({ definition, pipelines, query }: Props) {
  const { t } = useTranslation("sales");
  const format = useFormat();
  const { may } = useMe();
  const queryClient = useQueryClient();
  const { resource } = definition;
  const [pipelineId, setPipelineId] = useState("");
  const [limits, setLimits] = useState<Record<string, number>>({});
  // Where cards are that the API has not confirmed yet.
  const [moved, setMoved] = useState<Record<string, string>>({});
  const { saveField, dialog: conflict } = useSave(resource);
  const settle = async (id: string) => {
    await refreshLists(queryClient, resource);
    setMoved(({ [id]: _, ...rest }) => rest);
  };
  const moves = useMoves((deal) => void settle(deal.id));

  const pipeline = pipelines.find((one) => one.id === pipelineId) ?? pipelines[0];
  const stages = pipeline?.stages ?? [];
  const answers = useQueries({
    queries: stages.map((stage) => {
      const filter = [query.filter, `stageId = "${stage.id}"`].filter(Boolean).join(" AND ");
      const pageSize = limits[stage.id ?? ""] ?? SHOWN;
      return {
        queryKey: [resource.key, "page", "board", { q: query.q, filter, pageSize }],
        queryFn: ({ signal }: { signal: AbortSignal }) =>
          fetchPage(resource, { q: query.q, filter, pageSize, countTotal: true }, signal),
      };
    }),
  });
  const sums = useSums(pipeline, query);
  const failed = answers.find((answer) => answer.error && !answer.data);
  if (failed) return <ProblemState error={failed.error} retry={() => void failed.refetch()} />;
  if (!pipeline || answers.every((answer) => !answer.data)) return <ListSkeleton />;

  const everything = answers.flatMap((answer) => answer.data?.records ?? []) as Opportunity[];
  const columns = stages.map((stage, index): BoardColumn => {
    const id = stage.id ?? "";
    const page = answers[index]?.data;
    const own = ((page?.records ?? []) as Opportunity[]).filter(
      (deal) => (moved[deal.id] ?? id) === id,
    );
    const arrived = everything.filter((deal) => moved[deal.id] === id && deal.stageId !== id);
    const records = [...arrived, ...own];
    const complete = !page?.nextPageToken;
    const money = complete ? totalOf(records) : (sums?.[id] ?? undefined);
    return {
      id,
      title: stage.name ?? "",
      count: page && (page.totalSize ?? 0) - (page.records.length - own.length) + arrived.length,
      sum: money && format.money(money, true),
      weighted:
        money && stage.kind === "OPEN" && stage.probability
          ? format.money(weighted(money, stage.probability), true)
          : undefined,
      records,
      onMore: complete
        ? undefined
        : () =>
            setLimits((before) => ({
              ...before,
              [id]: Math.min(1000, (before[id] ?? SHOWN) + 100),
            })),
    };
  });

  function refusal(record: RecordJson, _from: string, to: string): string | undefined {
    const stage = stages.find((one) => one.id === to) as Stage;
    const verb = moveTo(stage, record as Opportunity);
    if (!verb) return t("opportunities.reopenFirst");
    return may(`${resource.key}.${verb}`) ? undefined : t("common:problem.PERMISSION_DENIED");
  }

  function move(record: RecordJson, _from: string, to: string) {
    const deal = record as Opportunity;
    const stage = stages.find((one) => one.id === to) as Stage;
    const field = resource.fields.find((one) => one.name === "stageId");
    setMoved((before) => ({ ...before, [deal.id]: to }));
    switch (moveTo(stage, deal)) {
      case "win":
        return moves.win(deal);
      case "lose":
        return moves.lose(deal);
      case "reopen":
        return void moves.reopen(deal, to);
      default:
        if (field) void saveField(deal, field, to).finally(() => void settle(deal.id));
    }
  }

  const today = wireDay(todayIn(format.preferences));
  return (
    <div className={classes.page}>
      {pipelines.length > 1 && (
        <Select
          className={classes.pipeline}
          aria-label={t("pipelines.one")}
          size="xs"
          allowDeselect={false}
          data={pipelines.map((one) => ({ value: one.id ?? "", label: one.name ?? "" }))}
          value={pipeline.id}
          onChange={(id) => setPipelineId(id ?? "")}
        />
      )}
      <Board
        label={pipeline.name ?? ""}
        columns={columns}
        draggable={may(`${resource.key}.update`)}
        pathOf={(record) => `/opportunities/${record.id}`}
        refusal={refusal}
        onMove={move}
        card={(record) => <Card deal={record as Opportunity} today={today} />}
      />
      {conflict}
      {moves.dialog}
    </div>
  );
}

function Card({ deal, today }: { deal: Opportunity; today: string }) {
  const { t } = useTranslation("sales");
  const format = useFormat();
  const overdue = isOverdue(deal, today);
  return (
    <>
      {deal.companyId && (
        <div className={classes.quiet}>
          <Reference to="contacts.companies" id={deal.companyId} />
        </div>
      )}
      <div className={classes.line}>
        {deal.amount?.amount && (
          <strong className="ltr numbers">{format.money(deal.amount)}</strong>
        )}
        {deal.closeDate && (
          <span className={classes.when} data-overdue={overdue || undefined}>
            {overdue && `${t("opportunities.overdue")} `}
            {format.day(deal.closeDate)}
          </span>
        )}
      </div>
    </>
  );
}

/** The sums of columns that are too long to be shown at once, where reporting may be asked. */
function useSums(pipeline: Pipeline | undefined, query: Props["query"]) {
  const { may } = useMe();
  const filter = [query.filter, pipeline && `pipelineId = "${pipeline.id}"`]
    .filter(Boolean)
    .join(" AND ");
  const { data } = useQuery({
    queryKey: ["reporting", "stages", filter],
    queryFn: () =>
      get<Report>("/v1/reports/pipeline:run", { query: { groupBy: ["STAGE"], filter } }),
    enabled: Boolean(pipeline) && !query.q && may("reporting.reports.run"),
    retry: false,
  });
  return (
    data &&
    Object.fromEntries(
      (data.rows ?? []).map((row) => [
        row.groups?.[0]?.id ?? "",
        Number(row.open) > 0 ? row.openValue : row.wonValue,
      ]),
    )
  );
}
