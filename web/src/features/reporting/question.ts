import { resourceOf, type Field } from "@/api/resource";
import type { components } from "@/api/schema.gen";
import { readFilter, writeFilter, type Condition } from "@/lib/filter";
import type { Format, Money } from "@/lib/format";

export type Row = components["schemas"]["PipelineReportRow"];
export type Report = components["schemas"]["RunPipelineReportResponse"];

export const DIMENSIONS = [
  "STAGE",
  "OWNER",
  "TEAM",
  "REGION",
  "PRODUCT",
  "COMPANY",
  "QUARTER",
  "STATE",
] as const;

type Kind = "count" | "money" | "percent" | "days";

/** What can be measured, and how it is written. */
export const MEASURES = {
  openValue: "money",
  wonValue: "money",
  averageWonValue: "money",
  deals: "count",
  won: "count",
  lost: "count",
  winRate: "percent",
  meanDaysToClose: "days",
} as const satisfies Record<string, Kind>;
export type Measure = keyof typeof MEASURES;

/** Returns a measure of a row as a number for a chart; undefined when there is nothing to measure. */
export function numberOf(row: Row, measure: Measure): number | undefined {
  const value = row[measure];
  if (value === undefined || value === null) return undefined;
  if (typeof value === "object") return value.amount ? Number(value.amount) : undefined;
  return Number(value);
}

/** Returns a measure of a row as the person reads it. */
export function written(
  row: Row | undefined,
  measure: Measure,
  format: Format,
  compact = false,
): string {
  const value = row?.[measure];
  if (value === undefined || value === null) return "–";
  switch (MEASURES[measure]) {
    case "money": {
      const money = value as Money;
      return money.amount ? format.money(money, compact) : "–";
    }
    case "percent":
      return format.percent(Number(value), 1);
    case "days":
      return format.number(Number(value), { maximumFractionDigits: 1 });
    default:
      return format.number(Number(value));
  }
}

const DEALS = resourceOf("sales.opportunities");
const SHARED = ["ownerId", "teamId", "companyId", "closeDate", "state"];

/** Fields by which a report is filtered, and a list of deals as well. */
export const FILTER_FIELDS: Field[] = [
  ...DEALS.fields.filter((field) => SHARED.includes(field.name)),
  { name: "productId", kind: "reference", reference: "sales.products" },
  { name: "stage", kind: "text" },
  { name: "region", kind: "text" },
  { name: "amount", kind: "number" },
];

const IDS: Record<string, string> = {
  STAGE: "stageId",
  OWNER: "ownerId",
  TEAM: "teamId",
  COMPANY: "companyId",
};

/** Returns the filter of the list behind a number; undefined where a list cannot ask for it. */
export function behind(
  row: Row,
  filter: string,
  days: [string, string] | undefined,
): string | undefined {
  const conditions: Condition[] = (readFilter(filter) ?? []).filter(({ field }) =>
    SHARED.includes(field),
  );
  for (const group of row.groups ?? []) {
    const field = IDS[group.dimension ?? ""];
    const quarter = /^(\d{4})-Q([1-4])$/.exec(group.label ?? "");
    if (field) {
      conditions.push(
        group.id
          ? { field, operator: "is", values: [group.id] }
          : { field, operator: "empty", values: [] },
      );
    } else if (group.dimension === "STATE") {
      conditions.push({
        field: "state",
        operator: "is",
        values: [(group.label ?? "").toUpperCase()],
      });
    } else if (group.dimension === "QUARTER" && quarter) {
      conditions.push(...between(quarterDays(Number(quarter[1]), Number(quarter[2]))));
    } else {
      return undefined;
    }
  }
  if (days) conditions.push(...between(days));
  return writeFilter(conditions);
}

function between([first, last]: [string, string]): Condition[] {
  return [
    { field: "closeDate", operator: "atLeast", values: [first] },
    { field: "closeDate", operator: "atMost", values: [last] },
  ];
}

function quarterDays(year: number, quarter: number): [string, string] {
  const day = (month: number, date: number) =>
    new Date(Date.UTC(year, month, date)).toISOString().slice(0, 10);
  return [day(quarter * 3 - 3, 1), day(quarter * 3, 0)];
}
