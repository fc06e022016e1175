import { Pencil } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useMe } from "@/api/me";
import { isEmpty, valueOf, type Field, type RecordJson } from "@/api/resource";
import { CellEditor } from "../fields/LazyCellEditor";
import { FieldValue } from "../fields/FieldValue";
import { useLabels } from "../fields/useFields";
import { violationsByField } from "../form/ResourceForm";
import type { FieldChange } from "../form/useSave";
import type { ScreenDefinition } from "../list/definition";
import { useProblemText } from "../problem";
import classes from "./record.module.css";

interface Props {
  definition: ScreenDefinition;
  fields: Field[];
  record: RecordJson;
  onSave: (record: RecordJson, changes: FieldChange[]) => Promise<boolean>;
}

/** The fields of a record in their groups, each edited where it stands. */
export function FieldList({ definition, fields, record, onSave }: Props) {
  const { t } = useTranslation(["common", definition.resource.service]);
  const { may } = useMe();
  const { label } = useLabels(definition.resource);
  const { violationText, problemText } = useProblemText();
  const [editing, setEditing] = useState("");
  const [refused, setRefused] = useState<{ name: string; text: string }>();
  const mayUpdate = may(`${definition.resource.key}.update`) && !record.deleteTime;
  const custom = fields.filter((field) => field.name.startsWith("customFields."));
  const groups = [
    ...definition.groups,
    ...(custom.length ? [{ key: "custom", fields: custom.map((field) => field.name) }] : []),
  ];

  async function saveValue(field: Field, value: unknown) {
    setEditing("");
    setRefused(undefined);
    try {
      await onSave(record, [{ field, value }]);
    } catch (error) {
      const text =
        violationsByField(error, [field], violationText)[field.name] ?? problemText(error);
      setRefused({ name: field.name, text });
    }
  }

  return (
    <div className={classes.groups}>
      {groups.map((group) => (
        <section key={group.key} className={classes.group}>
          <h2>{t(`group.${group.key}`)}</h2>
          <dl className={classes.fields}>
            {group.fields
              .map((name) => fields.find((field) => field.name === name))
              .filter((field) => field !== undefined)
              .map((field) => {
                const value = valueOf(record, field.name);
                const editable =
                  mayUpdate && !field.readOnly && !definition.readOnly?.(record, field);
                const shown = definition.renderValue?.(record, field) ?? (
                  <FieldValue resource={definition.resource} field={field} value={value} />
                );
                const wide = field.kind === "longText" || field.kind === "addresses";
                return (
                  <div key={field.name} className={classes.field} data-wide={wide || undefined}>
                    <dt>{label(field)}</dt>
                    <dd>
                      {editing === field.name ? (
                        <CellEditor
                          resource={definition.resource}
                          field={field}
                          value={value}
                          onSave={(changed) => void saveValue(field, changed)}
                          onCancel={() => setEditing("")}
                        />
                      ) : editable ? (
                        <div className={classes.editable}>
                          {!isEmpty(value) && <span className={classes.shown}>{shown}</span>}
                          <button
                            type="button"
                            className={classes.edit}
                            aria-label={`${t("action.edit")}: ${label(field)}`}
                            onClick={() => setEditing(field.name)}
                          >
                            <span className={classes.add}>{isEmpty(value) && t("action.add")}</span>
                            <Pencil size={13} aria-hidden className={classes.pencil} />
                          </button>
                        </div>
                      ) : (
                        <span className={classes.shown}>{isEmpty(value) ? "–" : shown}</span>
                      )}
                      {refused?.name === field.name && (
                        <span className={classes.refused} role="alert">
                          {refused.text}
                        </span>
                      )}
                    </dd>
                  </div>
                );
              })}
          </dl>
        </section>
      ))}
    </div>
  );
}
