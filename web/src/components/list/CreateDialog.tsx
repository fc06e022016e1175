import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { nameOfRecord } from "@/api/names";
import { useCreate } from "@/api/records";
import type { Field, RecordJson } from "@/api/resource";
import { SecretDialog } from "../SecretDialog";
import { FormDialog, ResourceForm } from "../form/ResourceForm";
import { toast } from "../toast";
import type { ScreenDefinition } from "./definition";

interface Props {
  definition: ScreenDefinition;
  fields: Field[];
  initial?: Record<string, unknown>;
  onClose: () => void;
}

/** Quick create: six fields at most; everything else is edited on the record. */
export function CreateDialog({ definition, fields, initial, onClose }: Props) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const create = useCreate(definition.resource);
  const [made, setMade] = useState<RecordJson>();
  const needed = fields.filter((field) => field.required && field.name.startsWith("customFields."));
  const asked = definition.createFields
    .map((name) => fields.find((field) => field.name === name))
    .filter((field) => field !== undefined);
  const open = (record: RecordJson) => navigate({ to: `${definition.path}/${record.id}` });
  if (made) {
    return (
      <SecretDialog
        title={nameOfRecord(made)}
        hint={t(`${definition.words}.shownOnce`)}
        secret={String(made[definition.shownOnce ?? ""])}
        onClose={() => void open(made)}
      />
    );
  }
  return (
    <FormDialog title={t(`${definition.words}.create`)} onClose={onClose}>
      <ResourceForm
        resource={definition.resource}
        fields={[...asked, ...needed]}
        initial={initial}
        submitLabel={t("action.save")}
        onCancel={onClose}
        onSubmit={async (body) => {
          const record = await create.mutateAsync(body);
          toast(t("list.created", { name: nameOfRecord(record) }));
          if (definition.shownOnce && record[definition.shownOnce]) setMade(record);
          else await open(record);
        }}
      />
    </FormDialog>
  );
}
