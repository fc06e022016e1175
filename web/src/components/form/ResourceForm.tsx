import { Button, Group, Modal } from "@mantine/core";
import { useState, type FormEvent, type KeyboardEvent } from "react";
import { useTranslation } from "react-i18next";
import { Problem } from "@/api/problem";
import { isEmpty, type Field, type Resource } from "@/api/resource";
import { FieldInput } from "../fields/FieldInput";
import { withoutEmptyRows } from "../fields/ListInputs";
import { useProblemText } from "../problem";
import classes from "./ResourceForm.module.css";
import { patchWith, type FieldChange } from "./useSave";

interface Props {
  resource: Resource;
  fields: Field[];
  /** Values to begin with, by the name of the field. */
  initial?: Record<string, unknown>;
  submitLabel: string;
  /** Sends the body; a Problem with violations is shown at its fields. */
  onSubmit: (body: Record<string, unknown>, changes: FieldChange[]) => Promise<void>;
  onCancel: () => void;
}

/** The fields of a resource as a form. Ctrl+Enter saves. */
export function ResourceForm({
  resource,
  fields,
  initial = {},
  submitLabel,
  onSubmit,
  onCancel,
}: Props) {
  const { t } = useTranslation();
  const { problemText, violationText } = useProblemText();
  const [values, setValues] = useState<Record<string, unknown>>(initial);
  const [errors, setErrors] = useState<Record<string, string>>({});
  const [refusal, setRefusal] = useState("");
  const [busy, setBusy] = useState(false);

  async function submit(event?: FormEvent) {
    event?.preventDefault();
    if (busy) return;
    const missing = fields.filter((field) => field.required && isEmpty(values[field.name]));
    if (missing.length) {
      setErrors(Object.fromEntries(missing.map((field) => [field.name, t("form.required")])));
      return;
    }
    const changes = fields
      .map((field) => ({ field, value: withoutEmptyRows(values[field.name]) }))
      .filter(({ field, value }) => !isEmpty(value) || !isEmpty(initial[field.name]));
    setBusy(true);
    setRefusal("");
    setErrors({});
    try {
      await onSubmit(patchWith(changes), changes);
    } catch (error) {
      const found = violationsByField(error, fields, violationText);
      setErrors(found);
      if (Object.keys(found).length === 0) setRefusal(problemText(error));
    } finally {
      setBusy(false);
    }
  }

  function onKeyDown(event: KeyboardEvent) {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      void submit();
    }
  }

  return (
    <form
      className={classes.form}
      onSubmit={(event) => void submit(event)}
      onKeyDown={onKeyDown}
      noValidate
    >
      {refusal && (
        <p className={classes.refused} role="alert">
          {refusal}
        </p>
      )}
      {fields.map((field, index) => (
        <FieldInput
          key={field.name}
          resource={resource}
          field={field}
          autoFocus={index === 0}
          value={values[field.name]}
          error={errors[field.name]}
          onChange={(value) => setValues((before) => ({ ...before, [field.name]: value }))}
        />
      ))}
      <Group justify="flex-end" className={classes.foot}>
        <Button variant="default" onClick={onCancel}>
          {t("action.cancel")}
        </Button>
        <Button type="submit" loading={busy}>
          {submitLabel}
        </Button>
      </Group>
    </form>
  );
}

/** Returns what is wrong by the field it belongs to: `emails[0].address` is the field `emails`. */
export function violationsByField(
  error: unknown,
  fields: Field[],
  told: (violation: Problem["violations"][number]) => string,
): Record<string, string> {
  const found: Record<string, string> = {};
  if (!(error instanceof Problem)) return found;
  for (const violation of error.violations) {
    const field = fields.find(
      ({ name }) => violation.field === name || new RegExp(`^${name}[.[]`).test(violation.field),
    );
    if (field) found[field.name] ??= told(violation);
  }
  return found;
}

/** A dialog around a form. */
export function FormDialog({
  title,
  onClose,
  children,
}: {
  title: string;
  onClose: () => void;
  children: React.ReactNode;
}) {
  const { t } = useTranslation();
  return (
    <Modal
      opened
      onClose={onClose}
      title={title}
      size={480}
      closeButtonProps={{ "aria-label": t("action.close") }}
    >
      {children}
    </Modal>
  );
}
