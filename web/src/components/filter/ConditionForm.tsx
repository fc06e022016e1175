import { Button, Select } from "@mantine/core";
import { useState, type FormEvent } from "react";
import { useTranslation } from "react-i18next";
import type { Field, Resource } from "@/api/resource";
import { PERIODS } from "@/lib/calendar";
import { toDecimal } from "@/lib/digits";
import type { Condition, Operator } from "@/lib/filter";
import { directionOf, LEFT_TO_RIGHT } from "../fields/direction";
import { FieldInput } from "../fields/FieldInput";
import { useLabels } from "../fields/useFields";
import { useFormat } from "../preferences";
import { TextInput } from "@mantine/core";
import classes from "./FilterBar.module.css";
import { operatorsOf, takesNone, takesSeveral } from "./operators";

interface Props {
  resource: Resource;
  fields: Field[];
  condition?: Condition;
  onApply: (condition: Condition) => void;
}

/** Field, comparison, value: each follows from the one before. */
export function ConditionForm({ resource, fields, condition, onApply }: Props) {
  const { t } = useTranslation();
  const format = useFormat();
  const { label } = useLabels(resource);
  const [name, setName] = useState(condition?.field ?? "");
  const [chosen, setChosen] = useState<Operator | undefined>(condition?.operator);
  const [values, setValues] = useState<string[]>(condition?.values ?? []);
  const field = fields.find((one) => one.name === name);
  const operators = field ? operatorsOf(field) : [];
  const operator = chosen && operators.includes(chosen) ? chosen : operators[0];

  function submit(event: FormEvent) {
    event.preventDefault();
    if (!field || !operator) return;
    if (takesNone(operator)) onApply({ field: name, operator, values: [] });
    else if (values.some(Boolean))
      onApply({ field: name, operator, values: values.filter(Boolean) });
  }

  const isDay = field?.kind === "date" || field?.kind === "time";
  const options = fields
    .map((one) => ({ value: one.name, label: label(one) }))
    .sort((a, b) => format.compare(a.label, b.label));
  return (
    <form className={classes.form} onSubmit={submit}>
      <Select
        label={t("filter.field")}
        data={options}
        searchable
        data-autofocus
        value={name || null}
        comboboxProps={{ withinPortal: false }}
        onChange={(one) => {
          setName(one ?? "");
          setChosen(undefined);
          setValues([]);
        }}
      />
      {field && operator && (
        <>
          <Select
            label={t("filter.condition")}
            allowDeselect={false}
            comboboxProps={{ withinPortal: false }}
            data={operators.map((one) => ({
              value: one,
              label: t(
                isDay && one !== "period" && !takesNone(one)
                  ? `filter.day.${one}`
                  : `filter.op.${one}`,
              ),
            }))}
            value={operator}
            onChange={(one) => {
              setChosen((one as Operator | null) ?? undefined);
              setValues([]);
            }}
          />
          {!takesNone(operator) && (
            <ValueInput
              resource={resource}
              field={field}
              operator={operator}
              values={values}
              onValues={setValues}
            />
          )}
          <Button type="submit">{t("action.apply")}</Button>
        </>
      )}
    </form>
  );
}

interface ValueProps {
  resource: Resource;
  field: Field;
  operator: Operator;
  values: string[];
  onValues: (values: string[]) => void;
}

function ValueInput({ resource, field, operator, values, onValues }: ValueProps) {
  const { t } = useTranslation();
  const common = { label: t("filter.value"), comboboxProps: { withinPortal: false } };
  if (operator === "period") {
    return (
      <Select
        {...common}
        data={PERIODS.map((value) => ({ value, label: t(`period.${value}`) }))}
        value={values[0] ?? null}
        onChange={(one) => onValues(one ? [one] : [])}
      />
    );
  }
  if (field.kind === "boolean") {
    return (
      <Select
        {...common}
        data={["true", "false"].map((value) => ({
          value,
          label: t(value === "true" ? "value.yes" : "value.no"),
        }))}
        value={values[0] ?? null}
        onChange={(one) => onValues(one ? [one] : [])}
      />
    );
  }
  if (takesSeveral(field, operator)) {
    const kind = { enum: "enums", enums: "enums", tags: "tags", reference: "references" } as const;
    const many: Field = {
      ...field,
      kind: kind[field.kind as keyof typeof kind],
      required: false,
      offered: undefined,
      label: t("filter.value"),
    };
    const isUser = field.reference === "identity.users";
    return (
      <>
        {isUser && (
          <Button
            variant={values.includes("me()") ? "filled" : "default"}
            size="xs"
            onClick={() =>
              onValues(
                values.includes("me()")
                  ? values.filter((one) => one !== "me()")
                  : [...values, "me()"],
              )
            }
          >
            {t("filter.me")}
          </Button>
        )}
        <FieldInput
          resource={resource}
          field={many}
          value={values.filter((one) => one !== "me()")}
          onChange={(ids) =>
            onValues([...values.filter((one) => one === "me()"), ...(ids as string[])])
          }
        />
      </>
    );
  }
  if (field.kind === "date" || field.kind === "time") {
    const day: Field = { ...field, kind: "date", required: false, label: t("filter.value") };
    return (
      <FieldInput
        resource={resource}
        field={day}
        value={values[0]?.slice(0, 10) ?? ""}
        onChange={(one) => onValues([one as string])}
      />
    );
  }
  const isNumber = field.kind !== "text" && field.kind !== "longText";
  return (
    <TextInput
      label={t("filter.value")}
      {...(isNumber ? LEFT_TO_RIGHT : directionOf(values[0]))}
      inputMode={isNumber ? "decimal" : undefined}
      defaultValue={values[0] ?? ""}
      onChange={(event) => {
        const text = event.currentTarget.value;
        onValues([isNumber ? (toDecimal(text) ?? "") : text]);
      }}
    />
  );
}
