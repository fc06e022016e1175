import { useDraggable } from "@dnd-kit/core";
import { Link } from "@tanstack/react-router";
import { GripVertical } from "lucide-react";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { nameOfRecord } from "@/api/names";
import type { RecordJson } from "@/api/resource";
import classes from "./Board.module.css";

interface Props {
  record: RecordJson;
  draggable: boolean;
  path: string;
  children: ReactNode;
}

/** One card: the whole of it is dragged with a pointer, its grip with the keyboard. */
export function BoardCard({ record, draggable, path, children }: Props) {
  const { t } = useTranslation();
  const { setNodeRef, setActivatorNodeRef, listeners, attributes, isDragging } = useDraggable({
    id: record.id,
    data: record,
    disabled: !draggable,
  });
  const { onKeyDown, ...pointer } = listeners ?? {};
  return (
    <article
      ref={setNodeRef}
      className={classes.card}
      data-dragged={isDragging || undefined}
      data-id={record.id}
      {...pointer}
    >
      <div className={classes.cardHead}>
        <Link to={path} className={classes.name} draggable={false}>
          <bdi>{nameOfRecord(record)}</bdi>
        </Link>
        {draggable && (
          <button
            type="button"
            ref={setActivatorNodeRef}
            className={classes.grip}
            {...attributes}
            aria-roledescription={undefined}
            aria-label={t("board.move", { name: nameOfRecord(record) })}
            onKeyDown={(event) => (onKeyDown as ((event: unknown) => void) | undefined)?.(event)}
          >
            <GripVertical size={14} aria-hidden />
          </button>
        )}
      </div>
      {children}
    </article>
  );
}
