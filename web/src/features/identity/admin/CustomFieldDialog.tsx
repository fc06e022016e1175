import { Button, Checkbox, Group, Modal, Select, TextInput } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { useState, type FormEvent } from "react";
import { useTranslation } from "react-i18next";
import { call, get, post } from "@/api/client";
import { useMe } from "@/api/me";
import { Problem } from "@/api/problem";
import { valueOf, type Resource } from "@/api/resource";
import { RESOURCES } from "@/api/resources.gen";
import { FieldInput } from "@/components/fields/FieldInput";
import { LocalizedInput } from "@/components/fields/LocalizedInput";
import { LEFT_TO_RIGHT } from "@/components/fields/direction";
import { fromDefinition } from "@/components/fields/useFields";
import { ConflictDialog, type Conflict } from "@/components/form/ConflictDialog";
import { violationsByField } from "@/components/form/ResourceForm";
import { patchWith, type FieldChange } from "@/components/form/useSave";
import { useProblemText } from "@/components/problem";
import { toast } from "@/components/toast";
import { useAccessNames } from "./access";
import classes from "./admin.module.css";
import { ChoicesInput } from "./ChoicesInput";
import {
  CHANGEABLE,
  DEFINITION,
  hasChoices,
  keyFrom,
  tidyChoices,
  TYPES,
  type Definition,
} from "./customField";

interface Props {
  resource: Resource;
  /** The definition to change; a new one when left out. */
  field?: Definition;
  onClose: () => void;
}

const NEW = { key: "", type: "TEXT", required: false, choices: [] } as unknown as Definition;

/** A field of the customer: its names, its kind and how it will look in a form. */
export function CustomFieldDialog({ resource, field, onClose }: Props) {
  const { t, i18n } = useTranslation(["identity", "common"]);
  const { may } = useMe();
  const names = useAccessNames();
  const queryClient = useQueryClient();
  const { problemText, violationText } = useProblemText();
  const [draft, setDraft] = useState<Definition>(field ?? NEW);
  const [ownKey, setOwnKey] = useState(field !== undefined);
  const [errors, setErrors] = useState<Record<string, string>>({});
  const [refusal, setRefusal] = useState("");
  const [busy, setBusy] = useState(false);
  const [conflict, setConflict] = useState<Conflict>();
  const editable = may(`${resource.service}.customFields.${field ? "update" : "create"}`);
  const path = `/v1/${resource.service}/customFields`;
  const set = (changed: Partial<Definition>) =>
    setDraft((before) => ({ ...before, ...changed }) as Definition);

  async function send(base: Definition | undefined, changes: FieldChange[]) {
    setBusy(true);
    setRefusal("");
    try {
      if (base) {
        await call("PATCH", `${path}/${base.id}`, { body: patchWith(changes), etag: base.etag });
      } else {
        const { key, type, label, required, reference } = draft;
        const choices = hasChoices(type) ? tidyChoices(draft.choices) : [];
        const body = { resource: resource.collection, key, type, label, required, choices };
        await post(path, type === "REFERENCE" ? { ...body, reference } : body);
      }
      await Promise.all([
        queryClient.invalidateQueries({ queryKey: ["customFieldDefinitions", resource.key] }),
        queryClient.invalidateQueries({ queryKey: ["customFields"] }),
      ]);
      toast(t("common:state.saved"));
      onClose();
    } catch (error) {
      if (error instanceof Problem && error.status === 412 && base) {
        const theirs = await get<Definition>(`${path}/${base.id}`);
        setConflict({ resource: DEFINITION, base, theirs, changes, renderValue: shown });
      } else {
        const known = [...CHANGEABLE, ...["key", "type", "reference"].map(asText)];
        const found = violationsByField(error, known, violationText);
        setErrors(found);
        if (Object.keys(found).length === 0) setRefusal(problemText(error));
      }
    } finally {
      setBusy(false);
    }
  }

  function submit(event: FormEvent) {
    event.preventDefault();
    const changed = { ...draft, choices: tidyChoices(draft.choices) };
    const changes = CHANGEABLE.map((one) => ({ field: one, value: valueOf(changed, one.name) }));
    void send(
      field,
      changes.filter(
        ({ field: one, value }) =>
          JSON.stringify(value ?? null) !== JSON.stringify(field?.[one.name] ?? null),
      ),
    );
  }

  const preview = fromDefinition({ ...draft, choices: tidyChoices(draft.choices) }, i18n.language);
  return (
    <Modal
      opened
      onClose={onClose}
      size={560}
      title={t(field ? "customFields.edit" : "customFields.create", {
        things: names.collection(resource.key),
      })}
      closeButtonProps={{ "aria-label": t("common:action.close") }}
    >
      <form
        className={classes.form}
        onSubmit={submit}
        onKeyDown={(event) => {
          if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) submit(event);
        }}
      >
        {refusal && (
          <p className={classes.refused} role="alert">
            {refusal}
          </p>
        )}
        <LocalizedInput
          resource={DEFINITION}
          field={{ name: "label", kind: "localized" }}
          label={t("fields.customFields.label")}
          autoFocus
          value={draft.label}
          error={errors.label}
          onChange={(value) => {
            const label = value as Definition["label"];
            set({ label, ...(ownKey ? {} : { key: keyFrom(label?.en ?? "") }) });
          }}
        />
        <div className={classes.two}>
          <Select
            label={t("fields.customFields.type")}
            disabled={field !== undefined}
            allowDeselect={false}
            data={TYPES.map((type) => ({ value: type, label: t(`enums.CustomFieldType.${type}`) }))}
            value={draft.type ?? "TEXT"}
            error={errors.type}
            onChange={(type) => type && set({ type: type as Definition["type"] })}
          />
          <TextInput
            label={t("fields.customFields.key")}
            description={t("customFields.keyHint")}
            inputWrapperOrder={["label", "input", "description", "error"]}
            disabled={field !== undefined}
            required
            {...LEFT_TO_RIGHT}
            maxLength={50}
            value={draft.key ?? ""}
            error={errors.key}
            onChange={(event) => {
              setOwnKey(true);
              set({ key: event.currentTarget.value });
            }}
          />
        </div>
        {draft.type === "REFERENCE" && (
          <Select
            label={t("fields.customFields.reference")}
            disabled={field !== undefined}
            required
            data={Object.keys(RESOURCES).map((key) => ({
              value: key,
              label: names.collection(key),
            }))}
            value={draft.reference || null}
            error={errors.reference}
            onChange={(reference) => set({ reference: reference ?? "" })}
          />
        )}
        {hasChoices(draft.type) && (
          <ChoicesInput
            choices={draft.choices ?? []}
            error={errors.choices}
            onChange={(choices) => set({ choices })}
          />
        )}
        <Checkbox
          label={t("customFields.required")}
          checked={draft.required ?? false}
          onChange={(event) => set({ required: event.currentTarget.checked })}
        />
        <fieldset className={classes.preview}>
          <legend>{t("customFields.preview")}</legend>
          <Preview key={`${draft.type} ${draft.reference}`} resource={resource} field={preview} />
        </fieldset>
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            {t("common:action.cancel")}
          </Button>
          {editable && (
            <Button type="submit" loading={busy}>
              {t("common:action.save")}
            </Button>
          )}
        </Group>
      </form>
      {conflict && (
        <ConflictDialog
          conflict={conflict}
          onClose={() => setConflict(undefined)}
          onResolve={(changes) => {
            setConflict(undefined);
            if (changes.length) void send(conflict.theirs as Definition, changes);
            else onClose();
          }}
        />
      )}
    </Modal>
  );
}

const asText = (name: string) => ({ name, kind: "text" as const });

function shown(field: { name: string }, value: unknown) {
  if (field.name !== "choices") return undefined;
  return (
    <bdi>
      {tidyChoices(value as Definition["choices"])
        .map((one) => one.value)
        .join(", ")}
    </bdi>
  );
}

function Preview({
  resource,
  field,
}: {
  resource: Resource;
  field: Parameters<typeof FieldInput>[0]["field"];
}) {
  const [value, setValue] = useState<unknown>();
  if (field.kind === "reference" && !RESOURCES[field.reference ?? ""]) return null;
  return (
    <FieldInput
      resource={resource}
      field={{ ...field, required: false, label: field.label || "…" }}
      value={value}
      onChange={setValue}
    />
  );
}
