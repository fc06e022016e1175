import { useCallback, useEffect, useMemo, useRef, useState } from "react";
import type { RecordJson } from "@/api/resource";

/** The selected rows of a list; `everything` are all that match, shown or not. */
export function useSelection(records: RecordJson[], query: string) {
  const [ids, setIds] = useState<ReadonlySet<string>>(new Set());
  const [everything, setEverything] = useState(false);
  const last = useRef<string>(undefined);
  const shown = useRef(records);
  useEffect(() => {
    shown.current = records;
  }, [records]);

  const clear = useCallback(() => {
    setIds(new Set());
    setEverything(false);
  }, []);
  // Another question has other answers.
  useEffect(clear, [query, clear]);

  const toggle = useCallback((record: RecordJson, range: boolean) => {
    setEverything(false);
    setIds((before) => {
      const next = new Set(before);
      const all = shown.current;
      const from = all.findIndex((one) => one.id === last.current);
      const to = all.findIndex((one) => one.id === record.id);
      if (range && from >= 0) {
        const [start, end] = from < to ? [from, to] : [to, from];
        all.slice(start, end + 1).forEach((one) => next.add(one.id));
      } else if (!next.delete(record.id)) {
        next.add(record.id);
      }
      last.current = record.id;
      return next;
    });
  }, []);

  const toggleShown = useCallback(() => {
    setEverything(false);
    setIds((before) =>
      before.size >= shown.current.length ? new Set() : new Set(shown.current.map((one) => one.id)),
    );
  }, []);

  return useMemo(
    () => ({
      ids,
      everything,
      has: (record: RecordJson) => everything || ids.has(record.id),
      toggle,
      toggleShown,
      clear,
      selectEverything: () => setEverything(true),
    }),
    [ids, everything, toggle, toggleShown, clear],
  );
}

export type Selection = ReturnType<typeof useSelection>;
