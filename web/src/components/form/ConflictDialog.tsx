import { Button, Group, Modal } from "@mantine/core";
import { useState, type ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { valueOf, type Field, type RecordJson, type Resource } from "@/api/resource";
import { FieldValue } from "../fields/FieldValue";
import { useLabels } from "../fields/useFields";
import classes from "./ConflictDialog.module.css";
import type { FieldChange } from "./useSave";

export interface Conflict {
  resource: Resource;
  /** The record as the person saw it. */
  base: RecordJson;
  /** The record as somebody else has left it. */
  theirs: RecordJson;
  changes: FieldChange[];
  /** Draws values that have no usual look, such as the grants of a role. */
  renderValue?: (field: Field, value: unknown) => ReactNode | undefined;
}

interface Props {
  conflict: Conflict;
  onClose: () => void;
  onResolve: (changes: FieldChange[]) => void;
}

const same = (a: unknown, b: unknown) => JSON.stringify(a ?? null) === JSON.stringify(b ?? null);

/** Both values of each field that two people have changed; the person chooses field by field. */
export function ConflictDialog({ conflict, onClose, onResolve }: Props) {
  const { t } = useTranslation();
  const { resource, base, theirs, changes } = conflict;
  const { label } = useLabels(resource);
  const contested = changes.filter(
    ({ field, value }) =>
      !same(valueOf(base, field.name), valueOf(theirs, field.name)) &&
      !same(value, valueOf(theirs, field.name)),
  );
  const [mine, setMine] = useState(() => new Set(contested.map(({ field }) => field.name)));
  const choose = (name: string, isMine: boolean) => {
    const next = new Set(mine);
    if (isMine) next.add(name);
    else next.delete(name);
    setMine(next);
  };
  const isContested = (change: FieldChange) => contested.includes(change);

  return (
    <Modal
      opened
      onClose={onClose}
      size="lg"
      title={t("conflict.title")}
      closeButtonProps={{ "aria-label": t("action.close") }}
    >
      <p className={classes.told}>{t(contested.length ? "conflict.hint" : "conflict.noOverlap")}</p>
      {contested.map((change) => {
        const { field } = change;
        const options = [
          { isMine: true, title: t("conflict.mine"), value: change.value },
          { isMine: false, title: t("conflict.theirs"), value: valueOf(theirs, field.name) },
        ];
        return (
          <fieldset key={field.name} className={classes.field}>
            <legend>{label(field)}</legend>
            {options.map((option) => (
              <label key={String(option.isMine)} className={classes.option}>
                <input
                  type="radio"
                  name={field.name}
                  checked={mine.has(field.name) === option.isMine}
                  onChange={() => choose(field.name, option.isMine)}
                />
                <span>
                  <span className={classes.who}>{option.title}</span>
                  <span className={classes.value}>
                    {conflict.renderValue?.(field, option.value) ?? (
                      <FieldValue resource={resource} field={field} value={option.value} />
                    )}
                  </span>
                </span>
              </label>
            ))}
          </fieldset>
        );
      })}
      <Group justify="flex-end" mt="md">
        <Button variant="default" onClick={onClose}>
          {t("action.cancel")}
        </Button>
        <Button
          data-autofocus
          onClick={() =>
            onResolve(
              changes.filter((change) => !isContested(change) || mine.has(change.field.name)),
            )
          }
        >
          {t("action.save")}
        </Button>
      </Group>
    </Modal>
  );
}
