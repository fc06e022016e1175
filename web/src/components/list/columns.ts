import { useCallback, useMemo, useState } from "react";
import type { Field } from "@/api/resource";
import type { ScreenDefinition } from "./definition";

/** The columns a person has chosen, in their order, and their widths in pixels. */
export interface Columns {
  shown: string[];
  sizes: Record<string, number>;
}

const NOT_SHOWN = new Set(["custom", "message", "messages", "id"]);

/** Whether a field can be a column. */
export function canBeColumn(field: Field): boolean {
  return !NOT_SHOWN.has(field.kind);
}

/** Returns the width of a column before a person sizes it, in pixels. */
export function usualSize(field: Field, isTitle: boolean): number {
  if (isTitle) return 260;
  const sizes: Partial<Record<Field["kind"], number>> = {
    money: 140,
    integer: 110,
    number: 110,
    date: 130,
    time: 150,
    boolean: 120,
    enum: 140,
    emails: 230,
    phones: 160,
    reference: 180,
    longText: 260,
    localized: 320,
  };
  return sizes[field.kind] ?? 170;
}

function read(key: string): Columns | undefined {
  try {
    const kept = JSON.parse(localStorage.getItem(key) ?? "null") as Columns | null;
    return kept && Array.isArray(kept.shown) ? kept : undefined;
  } catch {
    return undefined;
  }
}

/** Returns the columns of a list and what changes them; a saved view brings its own. */
export function useColumns(definition: ScreenDefinition, fields: Field[], ofView?: Columns) {
  const key = `wasl.columns.${definition.resource.key}`;
  const [kept, setKept] = useState(() => read(key));
  const [changed, setChanged] = useState<{ view?: Columns; columns: Columns }>();
  // A change within a view lasts until another view is opened or the change is saved.
  const ofPerson = changed && changed.view === ofView ? changed.columns : undefined;
  const chosen = ofPerson ?? ofView ?? kept;
  const columns = useMemo(() => {
    const wanted = chosen ?? { shown: definition.columns, sizes: {} };
    const known = new Set(fields.filter(canBeColumn).map((field) => field.name));
    const shown = wanted.shown.filter((name) => known.has(name) && name !== definition.titleField);
    return { shown: [definition.titleField, ...shown], sizes: wanted.sizes };
  }, [chosen, fields, definition.columns, definition.titleField]);
  const setColumns = useCallback(
    (next: Columns) => {
      setChanged({ view: ofView, columns: next });
      if (!ofView) {
        setKept(next);
        localStorage.setItem(key, JSON.stringify(next));
      }
    },
    [key, ofView],
  );
  return { columns, setColumns };
}
