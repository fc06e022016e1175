import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { get } from "@/api/client";
import { resourceOf, type Field } from "@/api/resource";
import type { ScreenDefinition } from "@/components/list/definition";
import type { Opportunity, Pipeline, Stage } from "./opportunity";

const OPPORTUNITIES: ScreenDefinition = {
  resource: resourceOf("sales.opportunities"),
  path: "/opportunities",
  words: "sales:opportunities",
  titleField: "name",
  columns: ["stageId", "amount", "companyId", "contactId", "closeDate", "ownerId", "createTime"],
  sortable: ["name", "amount", "closeDate", "createTime", "updateTime"],
  createFields: ["name", "amount", "companyId", "contactId", "closeDate", "stageId"],
  groups: [
    { key: "deal", fields: ["name", "stageId", "amount", "closeDate", "engageDate", "lostReason"] },
    { key: "about", fields: ["companyId", "contactId", "source", "externalId"] },
    { key: "record", fields: ["ownerId", "teamId", "tags", "notes"] },
  ],
  readOnly: (record, field) => {
    const deal = record as Opportunity;
    if (field.name === "stageId") return deal.state !== "OPEN";
    // The sum of its lines, where it has any.
    return field.name === "amount" && (deal.productLines?.length ?? 0) > 0;
  },
};

/** Returns the pipelines, with their stages in order. */
export function usePipelines() {
  return useQuery({
    queryKey: ["sales.pipelines", "all"],
    queryFn: () => get<{ pipelines: Pipeline[] }>("/v1/pipelines", { query: { pageSize: 100 } }),
    staleTime: 5 * 60_000,
    select: (answer) => answer.pipelines,
  });
}

/** Returns the screens of deals; stages are choices by their names. */
export function useOpportunities(): { definition: ScreenDefinition; pipelines: Pipeline[] } {
  const { data } = usePipelines();
  return useMemo(() => {
    const pipelines = data ?? [];
    const stages = pipelines.flatMap((pipeline) => pipeline.stages ?? []);
    const stageId: Partial<Field> = {
      kind: "enum",
      values: stages.map(idOf),
      offered: stages.filter((stage) => stage.kind === "OPEN").map(idOf),
      valueLabels: Object.fromEntries(stages.map((stage) => [idOf(stage), stage.name ?? ""])),
    };
    return { definition: { ...OPPORTUNITIES, overrides: { stageId } }, pipelines };
  }, [data]);
}

function idOf(stage: Stage): string {
  return stage.id ?? "";
}
