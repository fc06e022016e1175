import { useState } from "react";
import type { RecordJson } from "@/api/resource";
import { useKeys } from "@/lib/keys";
import { isRtl } from "@/lib/preferences";
import { useFormat } from "../preferences";
import type { ScreenDefinition } from "./definition";
import type { Cursor } from "./ResourceTable";

interface Options {
  definition: ScreenDefinition;
  records: RecordJson[];
  columns: string[];
  enabled: boolean;
  onOpen: (record: RecordJson) => void;
  onPeek: (record: RecordJson) => void;
  onSelect: (record: RecordJson, range: boolean) => void;
  canEdit: (record: RecordJson, field: string) => boolean;
}

/** The current cell of a table, moved and acted on with the keyboard. */
export function useCursor(options: Options) {
  const { records, columns, enabled, definition } = options;
  const { preferences } = useFormat();
  const [cursor, setCursor] = useState<Cursor>();
  const [editing, setEditing] = useState(false);
  const record = cursor && records[cursor.row];

  const move = (by: number) => () => {
    if (!enabled || editing || records.length === 0) return;
    const row = cursor ? Math.min(Math.max(cursor.row + by, 0), records.length - 1) : 0;
    setCursor({ row, column: cursor?.column ?? definition.titleField });
  };
  const sideways = (by: number) => () => {
    if (!cursor || editing) return;
    const step = isRtl(preferences.language) ? -by : by;
    const at = Math.min(Math.max(columns.indexOf(cursor.column) + step, 0), columns.length - 1);
    setCursor({ ...cursor, column: columns[at] ?? cursor.column });
  };
  const withRecord = (act: (record: RecordJson) => void) => () => {
    if (enabled && record && !editing) act(record);
  };
  const edit = withRecord((one) => {
    if (cursor && options.canEdit(one, cursor.column)) setEditing(true);
  });

  useKeys({
    KeyJ: move(1),
    KeyK: move(-1),
    ArrowDown: move(1),
    ArrowUp: move(-1),
    ArrowRight: sideways(1),
    ArrowLeft: sideways(-1),
    Enter: withRecord(options.onOpen),
    Space: withRecord(options.onPeek),
    KeyX: withRecord((one) => options.onSelect(one, false)),
    "Shift+KeyX": withRecord((one) => options.onSelect(one, true)),
    KeyE: edit,
    F2: edit,
  });

  return {
    cursor,
    setCursor: (next: Cursor) => {
      if (next.row !== cursor?.row || next.column !== cursor.column) setEditing(false);
      setCursor(next);
    },
    editing,
    setEditing: (wanted: boolean) => {
      const allowed = wanted && record && cursor && options.canEdit(record, cursor.column);
      setEditing(Boolean(allowed));
    },
  };
}
