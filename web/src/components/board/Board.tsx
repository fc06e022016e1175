import {
  DndContext,
  DragOverlay,
  KeyboardSensor,
  MouseSensor,
  TouchSensor,
  useDroppable,
  useSensor,
  useSensors,
  type DragEndEvent,
  type DragOverEvent,
  type KeyboardCoordinateGetter,
} from "@dnd-kit/core";
import { Button } from "@mantine/core";
import { Ban } from "lucide-react";
import { useState, type ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { nameOfRecord } from "@/api/names";
import type { RecordJson } from "@/api/resource";
import { useFormat } from "../preferences";
import classes from "./Board.module.css";
import { BoardCard } from "./BoardCard";

export interface BoardColumn {
  id: string;
  title: string;
  count: number | undefined;
  /** The sum of its cards, as the person reads it, and the weighted one. */
  sum?: string;
  weighted?: string;
  records: RecordJson[];
  onMore?: () => void;
}

interface Props {
  label: string;
  columns: BoardColumn[];
  draggable: boolean;
  card: (record: RecordJson) => ReactNode;
  pathOf: (record: RecordJson) => string;
  /** Says why a card may not go there; undefined when it may. */
  refusal: (record: RecordJson, from: string, to: string) => string | undefined;
  onMove: (record: RecordJson, from: string, to: string) => void;
}

// Arrow keys go from column to column; the order of the page is that of the reading direction.
const byColumn: KeyboardCoordinateGetter = (event, { context, currentCoordinates }) => {
  const step = { ArrowRight: 1, ArrowLeft: -1 }[event.code];
  const { collisionRect, droppableRects, over } = context;
  if (!step || !collisionRect) return undefined;
  const sorted = [...droppableRects.entries()].sort(([, a], [, b]) => a.left - b.left);
  const centre = collisionRect.left + collisionRect.width / 2;
  const at = over
    ? sorted.findIndex(([id]) => id === over.id)
    : sorted.findIndex(([, rect]) => rect.left <= centre && centre <= rect.right);
  const next = sorted[at + step]?.[1];
  if (!next) return undefined;
  event.preventDefault();
  return { x: currentCoordinates.x + next.left + 8 - collisionRect.left, y: currentCoordinates.y };
};

/** Columns of cards that are moved with mouse, touch and keyboard; illegal moves are refused early. */
export function Board({ label, columns, draggable, card, pathOf, refusal, onMove }: Props) {
  const { t } = useTranslation();
  const [dragged, setDragged] = useState<{ record: RecordJson; from: string }>();
  const [over, setOver] = useState<string>();
  const sensors = useSensors(
    useSensor(MouseSensor, { activationConstraint: { distance: 5 } }),
    useSensor(TouchSensor, { activationConstraint: { delay: 180, tolerance: 8 } }),
    useSensor(KeyboardSensor, { coordinateGetter: byColumn }),
  );
  const columnOf = (id: string) =>
    columns.find((one) => one.records.some((record) => record.id === id));
  const title = (id: unknown) => columns.find((one) => one.id === id)?.title ?? "";
  const refused = (to: string) =>
    dragged && to !== dragged.from ? refusal(dragged.record, dragged.from, to) : undefined;

  function end({ over: target }: DragEndEvent) {
    const to = target && String(target.id);
    if (dragged && to && to !== dragged.from && !refused(to)) {
      onMove(dragged.record, dragged.from, to);
    }
    setDragged(undefined);
    setOver(undefined);
  }

  const name = () => (dragged ? nameOfRecord(dragged.record) : "");
  const told = (id: unknown) => {
    const why = refused(String(id));
    return why ? `${title(id)}: ${why}` : t("board.over", { column: title(id) });
  };
  return (
    <DndContext
      sensors={sensors}
      accessibility={{
        announcements: {
          onDragStart: ({ active }) =>
            t("board.taken", { name: nameOfRecord(active.data.current as RecordJson) }),
          onDragOver: ({ over: target }) => (target ? told(target.id) : ""),
          onDragEnd: ({ over: target }) =>
            target
              ? t("board.dropped", { name: name(), column: title(target.id) })
              : t("board.cancelled"),
          onDragCancel: () => t("board.cancelled"),
        },
        screenReaderInstructions: { draggable: t("board.how") },
      }}
      onDragStart={({ active }) => {
        const record = active.data.current as RecordJson;
        setDragged({ record, from: columnOf(record.id)?.id ?? "" });
      }}
      onDragOver={({ over: target }: DragOverEvent) =>
        setOver(target ? String(target.id) : undefined)
      }
      onDragEnd={end}
      onDragCancel={() => {
        setDragged(undefined);
        setOver(undefined);
      }}
    >
      <div className={classes.board} role="group" aria-label={label} tabIndex={0}>
        {columns.map((column) => (
          <Column
            key={column.id}
            column={column}
            over={over === column.id && column.id !== dragged?.from}
            refusal={refused(column.id)}
          >
            {column.records.map((record) => (
              <BoardCard
                key={record.id}
                record={record}
                draggable={draggable}
                path={pathOf(record)}
              >
                {card(record)}
              </BoardCard>
            ))}
          </Column>
        ))}
      </div>
      <DragOverlay dropAnimation={null}>
        {dragged && (
          <div className={`${classes.card} ${classes.lifted}`}>
            <bdi className={classes.name}>{nameOfRecord(dragged.record)}</bdi>
            {card(dragged.record)}
          </div>
        )}
      </DragOverlay>
    </DndContext>
  );
}

interface ColumnProps {
  column: BoardColumn;
  over: boolean;
  refusal: string | undefined;
  children: ReactNode;
}

function Column({ column, over, refusal, children }: ColumnProps) {
  const { t } = useTranslation();
  const format = useFormat();
  const { setNodeRef } = useDroppable({ id: column.id });
  return (
    <section
      ref={setNodeRef}
      className={classes.column}
      data-over={(over && !refusal) || undefined}
      data-refused={refusal !== undefined || undefined}
      aria-label={column.title}
    >
      <header className={classes.head}>
        <h2>
          <bdi>{column.title}</bdi>
          {column.count !== undefined && <span>{format.number(column.count)}</span>}
        </h2>
        {column.sum && (
          <p>
            <bdi>{column.sum}</bdi>
            {column.weighted && (
              <span title={t("board.weighted")}>
                {" · "}
                <bdi>{column.weighted}</bdi>
              </span>
            )}
          </p>
        )}
      </header>
      {refusal !== undefined && (
        <p className={classes.refusal}>
          <Ban size={14} aria-hidden /> {refusal}
        </p>
      )}
      <div className={classes.cards}>
        {children}
        {column.onMore && (
          <Button variant="subtle" size="compact-sm" onClick={column.onMore}>
            {t("board.more")}
          </Button>
        )}
      </div>
    </section>
  );
}
