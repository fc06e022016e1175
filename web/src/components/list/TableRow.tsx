import { Link } from "@tanstack/react-router";
import { memo } from "react";
import { useTranslation } from "react-i18next";
import { nameOfRecord } from "@/api/names";
import { valueOf, type Field, type RecordJson } from "@/api/resource";
import { CellEditor } from "../fields/LazyCellEditor";
import { FieldValue } from "../fields/FieldValue";
import type { ScreenDefinition } from "./definition";
import { isNumeric, type Cursor } from "./ResourceTable";
import classes from "./ResourceTable.module.css";

interface Props {
  definition: ScreenDefinition;
  record: RecordJson;
  shown: Field[];
  index: number;
  /** Pixels from the top of the body. */
  start: number;
  selected: boolean;
  cursor: string | undefined;
  editing: boolean;
  onSelect: (record: RecordJson, range: boolean) => void;
  onCursor: (cursor: Cursor) => void;
  onEdit: (editing: boolean) => void;
  onSave: (record: RecordJson, field: Field, value: unknown) => void;
}

/** One row. It is drawn again only when something of it has changed. */
export const TableRow = memo(function TableRow(props: Props) {
  const { definition, record, shown, index, start, selected, cursor, editing } = props;
  const { t } = useTranslation();
  const name = nameOfRecord(record);
  return (
    <div
      role="row"
      id={`row-${record.id}`}
      aria-rowindex={index + 2}
      aria-selected={selected}
      className={classes.row}
      data-current={cursor !== undefined || undefined}
      style={{ transform: `translateY(${start}px)` }}
    >
      <div role="gridcell" className={classes.check}>
        <input
          type="checkbox"
          className={classes.checkbox}
          checked={selected}
          aria-label={t("list.select", { name })}
          onChange={(event) =>
            props.onSelect(record, (event.nativeEvent as MouseEvent).shiftKey === true)
          }
        />
      </div>
      {shown.map((field, column) => {
        const active = cursor === field.name;
        const value = valueOf(record, field.name);
        const first = column === 0;
        return (
          <div
            key={field.name}
            role="gridcell"
            className={first ? `${classes.cell} ${classes.first}` : classes.cell}
            data-active={active || undefined}
            data-end={isNumeric(field) || undefined}
            onClick={() => props.onCursor({ row: index, column: field.name })}
            onDoubleClick={() => {
              props.onCursor({ row: index, column: field.name });
              props.onEdit(true);
            }}
          >
            {editing && active ? (
              <CellEditor
                resource={definition.resource}
                field={field}
                value={value}
                onSave={(changed) => props.onSave(record, field, changed)}
                onCancel={() => props.onEdit(false)}
              />
            ) : first ? (
              <Link to={`${definition.path}/${record.id}`} className={classes.title}>
                <bdi>{name}</bdi>
              </Link>
            ) : (
              <span className={classes.value}>
                {definition.renderValue?.(record, field) ?? (
                  <FieldValue resource={definition.resource} field={field} value={value} oneLine />
                )}
              </span>
            )}
          </div>
        );
      })}
      <div role="presentation" />
    </div>
  );
});
