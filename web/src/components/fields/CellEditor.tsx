import { useRef, useState, type KeyboardEvent } from "react";
import type { Field, Resource } from "@/api/resource";
import { FieldInput } from "./FieldInput";
import { withoutEmptyRows } from "./ListInputs";
import classes from "./CellEditor.module.css";

interface Props {
  resource: Resource;
  field: Field;
  value: unknown;
  onSave: (value: unknown) => void;
  onCancel: () => void;
}

/** Fields in which a choice is an answer, so that it is saved at once. */
const CHOSEN = new Set(["enum", "reference", "boolean"]);

/** Edits one value where it stands: Enter or leaving saves, Escape does not. */
export function CellEditor({ resource, field, value, onSave, onCancel }: Props) {
  const [draft, setDraft] = useState(value);
  const box = useRef<HTMLDivElement>(null);
  const finished = useRef(false);

  function finish(save: boolean, last: unknown = draft) {
    if (finished.current) return;
    finished.current = true;
    const cleaned = withoutEmptyRows(last);
    if (save && JSON.stringify(cleaned ?? null) !== JSON.stringify(value ?? null)) onSave(cleaned);
    else onCancel();
  }

  function onKeyDown(event: KeyboardEvent) {
    if (event.key === "Escape") {
      event.stopPropagation();
      finish(false);
    } else if (event.key === "Enter" && !event.nativeEvent.isComposing) {
      const longer = field.kind === "longText" && !event.ctrlKey && !event.metaKey;
      if (longer || CHOSEN.has(field.kind) || field.kind === "tags" || field.kind === "enums")
        return;
      event.preventDefault();
      finish(true);
    }
  }

  return (
    <div
      ref={box}
      className={classes.editor}
      data-kind={field.kind}
      onKeyDown={onKeyDown}
      onClick={(event) => event.stopPropagation()}
      onBlur={(event) => {
        // Lists and calendars open outside of the box and still belong to it.
        const next = event.relatedTarget;
        const inside =
          next instanceof Element &&
          (box.current?.contains(next) ||
            next.closest("[role=dialog], [role=listbox], [data-portal]"));
        if (!inside && next !== null) finish(true);
        if (next === null)
          setTimeout(
            () =>
              !box.current?.contains(document.activeElement) &&
              !document.querySelector("[role=listbox], [role=dialog]") &&
              finish(true),
            150,
          );
      }}
    >
      <FieldInput
        resource={resource}
        field={field}
        value={draft}
        bare
        autoFocus
        onChange={(changed) => {
          setDraft(changed);
          if (CHOSEN.has(field.kind)) finish(true, changed);
        }}
      />
    </div>
  );
}
