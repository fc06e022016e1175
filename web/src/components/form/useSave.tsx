import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { get } from "@/api/client";
import { Problem } from "@/api/problem";
import { putRecord, refreshLists, useUpdate } from "@/api/records";
import { patchOf, valueOf, type Field, type RecordJson, type Resource } from "@/api/resource";
import { toast, toastProblem } from "../toast";
import { ConflictDialog, type Conflict } from "./ConflictDialog";

/** A field and the value it is to have. */
export interface FieldChange {
  field: Field;
  value: unknown;
}

/** Returns the body of a PATCH with these changes. */
export function patchWith(changes: FieldChange[]): Record<string, unknown> {
  const patch: Record<string, unknown> = {};
  for (const { field, value } of changes) {
    for (const [name, part] of Object.entries(patchOf(field.name, value))) {
      const isPart = field.name.includes(".");
      patch[name] = isPart ? { ...(patch[name] as object), ...(part as object) } : part;
    }
  }
  return patch;
}

interface Options {
  /** Draws values that have no usual look, in the dialog for a stale edit. */
  renderValue?: Conflict["renderValue"];
  /** Makes a change again on top of what somebody else has saved, for values of many parts. */
  rebase?: (theirs: RecordJson, change: FieldChange) => FieldChange;
}

const kept = (_theirs: RecordJson, change: FieldChange) => change;

/**
 * Returns what saves fields of a record, with undo in the toast, and the dialog that a stale edit
 * opens. A refusal is told; `save` then returns false.
 */
export function useSave(resource: Resource, { renderValue, rebase = kept }: Options = {}) {
  const { t } = useTranslation();
  const queryClient = useQueryClient();
  const update = useUpdate(resource);
  const [conflict, setConflict] = useState<Conflict>();

  async function save(
    record: RecordJson,
    changes: FieldChange[],
    { undoable = true, tell = true } = {},
  ): Promise<boolean> {
    try {
      const saved = await update.mutateAsync({ record, patch: patchWith(changes) });
      if (tell) {
        const before = changes.map(({ field }) => ({ field, value: valueOf(record, field.name) }));
        toast(
          t("state.saved"),
          undoable ? () => void save(saved, before, { undoable: false }) : undefined,
        );
      }
      void refreshLists(queryClient, resource);
      return true;
    } catch (error) {
      if (error instanceof Problem && error.status === 412) {
        const theirs = await get<RecordJson>(`/v1/${resource.collection}/${record.id}`);
        putRecord(queryClient, resource, theirs);
        const rebased = changes.map((change) => rebase(theirs, change));
        setConflict({ resource, base: record, theirs, changes: rebased, renderValue });
      } else if (error instanceof Problem && error.violations.length) {
        throw error;
      } else {
        toastProblem(error);
      }
      return false;
    }
  }

  const dialog = conflict && (
    <ConflictDialog
      conflict={conflict}
      onClose={() => setConflict(undefined)}
      onResolve={(changes) => {
        setConflict(undefined);
        if (changes.length) void save(conflict.theirs, changes, { undoable: false });
      }}
    />
  );
  return {
    dialog,
    /** Saves; violations are thrown for the form to show. */
    save,
    /** Saves one field from a place that has no room for violations. */
    saveField: (record: RecordJson, field: Field, value: unknown) =>
      save(record, [{ field, value }]).catch((error: unknown) => {
        toastProblem(error);
        return false;
      }),
  };
}
