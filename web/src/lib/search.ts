/** The state of a list, as its address keeps it. */
export interface ListSearch {
  q?: string;
  filter?: string;
  sort?: string;
  view?: string;
  peek?: string;
  layout?: "board";
  new?: true;
}

/** The state of a record's page. */
export interface RecordSearch {
  tab?: string;
}

const text = (value: unknown) =>
  typeof value === "string" || typeof value === "number" ? String(value) || undefined : undefined;

/** Reads the state of a list from an address; what is not understood is dropped. */
export function listSearch(search: Record<string, unknown>): ListSearch {
  return {
    q: text(search.q),
    filter: text(search.filter),
    sort: text(search.sort),
    view: text(search.view),
    peek: text(search.peek),
    layout: search.layout === "board" ? "board" : undefined,
    new: search.new === true || search.new === "true" || undefined,
  };
}

export function recordSearch(search: Record<string, unknown>): RecordSearch {
  return { tab: text(search.tab) };
}

/** The question that a report answers, as its address keeps it. */
export interface ReportSearch {
  measure?: string;
  group?: string;
  split?: string;
  period?: string;
  asOf?: string;
  filter?: string;
}

export function reportSearch(search: Record<string, unknown>): ReportSearch {
  return {
    measure: text(search.measure),
    group: text(search.group),
    split: text(search.split),
    period: text(search.period),
    asOf: text(search.asOf),
    filter: text(search.filter),
  };
}
