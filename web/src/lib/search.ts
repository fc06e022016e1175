/** The state of a list, as its address keeps it. */
export interface ListSearch {
  q?: string;
  filter?: string;
  sort?: string;
  view?: string;
  peek?: string;
  layout?: "board" | "table";
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
    layout: search.layout === "board" || search.layout === "table" ? search.layout : undefined,
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

/** Returns what reads these texts from an address, for pages whose whole state is a few of them. */
export function texts<Name extends string>(...names: Name[]) {
  return (search: Record<string, unknown>) =>
    Object.fromEntries(names.map((name) => [name, text(search[name])])) as Partial<
      Record<Name, string>
    >;
}
