import { useDndContext, useDraggable, useDroppable } from "@dnd-kit/core";
import { Link } from "@tanstack/react-router";
import { ChevronDown, ChevronRight, GripVertical } from "lucide-react";
import type { CSSProperties, KeyboardEvent, ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { Reference } from "@/components/fields/FieldValue";
import classes from "./TeamTree.module.css";
import { mayMove, type TeamNode, type TreeLine } from "./tree";

interface Props {
  line: TreeLine<TeamNode>;
  teams: TeamNode[];
  path: string;
  folded: boolean;
  focusable: boolean;
  movable: boolean;
  onFocus: () => void;
  onFold: () => void;
  onKeyDown: (event: KeyboardEvent) => void;
  actions: ReactNode;
}

/** One team of the tree; another can be dropped on it where that makes no circle. */
export function TeamLine(props: Props) {
  const { line, teams, path, folded, focusable, movable, actions } = props;
  const { t } = useTranslation("identity");
  const { team, level, children } = line;
  const drag = useDraggable({ id: team.id, disabled: !movable });
  const { active } = useDndContext();
  const drop = useDroppable({
    id: team.id,
    disabled: !active || !mayMove(teams, String(active.id), team.id),
  });
  const Fold = folded ? ChevronRight : ChevronDown;
  const moved = drag.transform;
  return (
    <li
      ref={(element) => {
        drag.setNodeRef(element);
        drop.setNodeRef(element);
      }}
      role="treeitem"
      aria-level={level}
      aria-posinset={line.position}
      aria-setsize={line.siblings}
      aria-expanded={children ? !folded : undefined}
      aria-label={team.name}
      data-team={team.id}
      data-over={drop.isOver || undefined}
      data-dragged={drag.isDragging || undefined}
      tabIndex={focusable ? 0 : -1}
      className={classes.line}
      style={
        {
          "--level": level - 1,
          ...(moved && { transform: `translate(${moved.x}px, ${moved.y}px)` }),
        } as CSSProperties
      }
      onFocus={props.onFocus}
      onKeyDown={props.onKeyDown}
    >
      {movable && (
        <span className={classes.grip} {...drag.listeners} title={t("teams.drag")}>
          <GripVertical size={14} aria-hidden />
        </span>
      )}
      <span className={classes.fold}>
        {children > 0 && (
          <button type="button" tabIndex={-1} aria-hidden onClick={props.onFold}>
            <Fold size={15} aria-hidden className="mirrored" />
          </button>
        )}
      </span>
      <Link to={path} tabIndex={-1} className={classes.name}>
        <bdi>{team.name}</bdi>
      </Link>
      <span className={classes.manager}>
        {team.managerId && <Reference to="identity.users" id={team.managerId} />}
      </span>
      <span className={classes.actions}>{actions}</span>
    </li>
  );
}

/** A place below the tree, where nothing moves away as it appears: what is dropped is part of no other. */
export function TopOfTree({ teams }: { teams: TeamNode[] }) {
  const { t } = useTranslation("identity");
  const { active } = useDndContext();
  const drop = useDroppable({
    id: "top",
    disabled: !active || !mayMove(teams, String(active.id), ""),
  });
  if (!active) return null;
  return (
    <div ref={drop.setNodeRef} className={classes.top} data-over={drop.isOver || undefined}>
      {t("teams.dropTop")}
    </div>
  );
}
