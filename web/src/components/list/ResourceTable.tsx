import { Skeleton } from "@mantine/core";
import {
  columnOrderingFeature,
  columnResizingFeature,
  columnSizingFeature,
  tableFeatures,
  useTable,
  type ColumnDef,
} from "@tanstack/react-table";
import { useVirtualizer } from "@tanstack/react-virtual";
import { ArrowDown, ArrowUp } from "lucide-react";
import { useEffect, useMemo, useRef, useState, type CSSProperties, type ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { nameOfRecord } from "@/api/names";
import type { Field, RecordJson } from "@/api/resource";
import { isRtl } from "@/lib/preferences";
import { useLabels } from "../fields/useFields";
import { useFormat } from "../preferences";
import { usualSize, type Columns } from "./columns";
import type { ScreenDefinition } from "./definition";
import classes from "./ResourceTable.module.css";
import { TableRow } from "./TableRow";

const features = tableFeatures({
  columnOrderingFeature,
  columnResizingFeature,
  columnSizingFeature,
});
const CHECK_WIDTH = 40;
/** Rows before the end at which the next page is fetched. */
const AHEAD = 30;

export interface Cursor {
  row: number;
  column: string;
}

interface Props {
  definition: ScreenDefinition;
  fields: Field[];
  columns: Columns;
  onColumns: (columns: Columns) => void;
  records: RecordJson[];
  hasMore: boolean;
  onMore: () => void;
  sort: string;
  onSort: (sort: string) => void;
  selected: (record: RecordJson) => boolean;
  onSelect: (record: RecordJson, range: boolean) => void;
  allSelected: boolean;
  onSelectAll: () => void;
  cursor: Cursor | undefined;
  onCursor: (cursor: Cursor) => void;
  editing: boolean;
  onEdit: (editing: boolean) => void;
  onSave: (record: RecordJson, field: Field, value: unknown) => void;
  comfortable: boolean;
  label: string;
}

/** A table of any resource: virtual rows, columns that are sized and ordered, cells edited in place. */
export function ResourceTable(props: Props) {
  const { definition, fields, columns, records, hasMore, onMore, comfortable, cursor } = props;
  const format = useFormat();
  const rtl = isRtl(format.preferences.language);
  const scroller = useRef<HTMLDivElement>(null);
  const [sizes, setSizes] = useState(columns.sizes);
  useEffect(() => setSizes(columns.sizes), [columns.sizes]);

  const byName = useMemo(() => new Map(fields.map((field) => [field.name, field])), [fields]);
  const shown = useMemo(
    () => columns.shown.map((name) => byName.get(name)).filter((field) => field !== undefined),
    [columns.shown, byName],
  );
  const defs = useMemo(
    () =>
      shown.map((field): ColumnDef<typeof features, RecordJson> => ({
        id: field.name,
        size: usualSize(field, field.name === definition.titleField),
        minSize: 72,
      })),
    [shown, definition.titleField],
  );
  const table = useTable({
    features,
    columns: defs,
    data: records,
    columnResizeMode: "onChange",
    columnResizeDirection: rtl ? "rtl" : "ltr",
    state: { columnSizing: sizes, columnOrder: columns.shown },
    onColumnSizingChange: (update) =>
      setSizes((before) => (typeof update === "function" ? update(before) : update)),
  });
  const headers = table.getHeaderGroups()[0]?.headers ?? [];

  const rowHeight = comfortable ? 44 : 36;
  const virtual = useVirtualizer({
    count: records.length + (hasMore ? 3 : 0),
    getScrollElement: () => scroller.current,
    estimateSize: () => rowHeight,
    overscan: 12,
    scrollPaddingStart: rowHeight,
  });
  useEffect(() => virtual.measure(), [virtual, rowHeight]);
  const rows = virtual.getVirtualItems();
  const last = rows.at(-1)?.index ?? 0;
  useEffect(() => {
    if (hasMore && last >= records.length - AHEAD) onMore();
  }, [hasMore, last, records.length, onMore]);
  useEffect(() => {
    if (cursor) virtual.scrollToIndex(cursor.row);
  }, [cursor, virtual]);

  const widths = headers.map((header) => `${header.getSize()}px`);
  const style = {
    "--columns": `${CHECK_WIDTH}px ${widths.join(" ")} minmax(16px, 1fr)`,
    "--row": `${rowHeight}px`,
    minInlineSize: headers.reduce((sum, header) => sum + header.getSize(), CHECK_WIDTH + 16),
  } as CSSProperties;

  return (
    <div ref={scroller} className={classes.scroller}>
      <div
        role="grid"
        aria-label={props.label}
        aria-rowcount={hasMore ? -1 : records.length + 1}
        aria-multiselectable
        className={classes.grid}
        style={style}
      >
        <Head
          {...props}
          shown={shown}
          handlers={headers.map((header) => ({
            start: header.getResizeHandler(),
            reset: () => {
              const { [header.id]: _, ...rest } = sizes;
              props.onColumns({ ...columns, sizes: rest });
            },
            grow: (by: number) =>
              props.onColumns({
                ...columns,
                sizes: { ...sizes, [header.id]: Math.max(72, header.getSize() + by) },
              }),
          }))}
          onResized={() => props.onColumns({ ...columns, sizes })}
          rtl={rtl}
        />
        <div role="rowgroup" className={classes.body} style={{ blockSize: virtual.getTotalSize() }}>
          {rows.map(({ index, start }) => {
            const record = records[index];
            return record ? (
              <TableRow
                key={record.id}
                definition={definition}
                record={record}
                shown={shown}
                index={index}
                start={start}
                selected={props.selected(record)}
                cursor={cursor?.row === index ? cursor.column : undefined}
                editing={props.editing && cursor?.row === index}
                onSelect={props.onSelect}
                onCursor={props.onCursor}
                onEdit={props.onEdit}
                onSave={props.onSave}
              />
            ) : (
              <div
                key={`more ${index}`}
                className={classes.row}
                style={{ transform: `translateY(${start}px)` }}
              >
                <Skeleton height={10} width="60%" className={classes.awaited} />
              </div>
            );
          })}
        </div>
      </div>
    </div>
  );
}

interface Handlers {
  start: (event: unknown) => void;
  reset: () => void;
  grow: (by: number) => void;
}

function Head({
  definition,
  shown,
  sort,
  onSort,
  allSelected,
  onSelectAll,
  handlers,
  onResized,
  rtl,
}: Props & { shown: Field[]; handlers: Handlers[]; onResized: () => void; rtl: boolean }) {
  const { t } = useTranslation();
  const { label } = useLabels(definition.resource);
  const [sortField, direction] = sort.split(" ");
  return (
    <div role="rowgroup" className={classes.head}>
      <div role="row" aria-rowindex={1} className={classes.headRow}>
        <div role="columnheader" className={classes.check}>
          <input
            type="checkbox"
            className={classes.checkbox}
            checked={allSelected}
            onChange={onSelectAll}
            aria-label={t("list.selectShown")}
          />
        </div>
        {shown.map((field, index) => {
          const sorted = field.name === sortField;
          const sortable = definition.sortable.includes(field.name);
          const Arrow = direction === "desc" ? ArrowDown : ArrowUp;
          const name: ReactNode = (
            <>
              <span className={classes.headText}>{label(field)}</span>
              {sorted && <Arrow size={13} aria-hidden />}
            </>
          );
          return (
            <div
              key={field.name}
              role="columnheader"
              aria-sort={sorted ? (direction === "desc" ? "descending" : "ascending") : undefined}
              className={index === 0 ? `${classes.headCell} ${classes.first}` : classes.headCell}
              data-end={isNumeric(field) || undefined}
            >
              {sortable ? (
                <button
                  type="button"
                  className={classes.sort}
                  onClick={() =>
                    onSort(sorted && direction !== "desc" ? `${field.name} desc` : field.name)
                  }
                >
                  {name}
                </button>
              ) : (
                <span className={classes.sort}>{name}</span>
              )}
              <span
                role="separator"
                aria-orientation="vertical"
                aria-label={t("list.resize", { column: label(field) })}
                aria-valuenow={0}
                tabIndex={0}
                className={classes.resizer}
                onPointerDown={(event) => {
                  event.currentTarget.setPointerCapture(event.pointerId);
                  handlers[index]?.start(event);
                }}
                onPointerUp={onResized}
                onDoubleClick={() => handlers[index]?.reset()}
                onKeyDown={(event) => {
                  const step = { ArrowRight: 16, ArrowLeft: -16 }[event.key];
                  if (step) handlers[index]?.grow(rtl ? -step : step);
                }}
              />
            </div>
          );
        })}
        <div role="presentation" />
      </div>
    </div>
  );
}

/** Whether a field stands at the end of its cell, so that digits line up. */
export function isNumeric(field: Field): boolean {
  return field.kind === "money" || field.kind === "integer" || field.kind === "number";
}

/** Returns what a screen reader says for a row. */
export function rowLabel(record: RecordJson): string {
  return nameOfRecord(record);
}
