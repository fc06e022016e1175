import { useTranslation } from "react-i18next";
import { useName } from "@/api/names";
import type { Field, Resource } from "@/api/resource";
import type { Condition } from "@/lib/filter";
import { useLabels } from "../fields/useFields";
import { useFormat } from "../preferences";
import classes from "./FilterBar.module.css";

interface Props {
  resource: Resource;
  fields: Field[];
  condition: Condition;
}

function useWords({ resource, fields, condition }: Props) {
  const { t } = useTranslation();
  const format = useFormat();
  const { label, valueLabel } = useLabels(resource);
  const field = fields.find((one) => one.name === condition.field);
  const [firstId, secondId] = field?.kind === "reference" ? condition.values : [];
  // Chips name two at most; more are counted.
  const names = [
    useName(field?.reference, firstId === "me()" ? undefined : firstId),
    useName(field?.reference, secondId === "me()" ? undefined : secondId),
  ];
  const isDay = field?.kind === "date" || field?.kind === "time";
  const dayWord = `filter.day.${condition.operator}`;
  const value = (text: string, index: number): string => {
    if (text === "me()") return t("filter.me");
    if (condition.operator === "period") return t(`period.${text}`);
    switch (field?.kind) {
      case "enum":
      case "enums":
        return valueLabel(field, text);
      case "reference":
        return names[index] ?? "…";
      case "boolean":
        return t(text === "true" ? "value.yes" : "value.no");
      case "integer":
      case "number":
      case "money":
        return format.number(text);
      case "date":
        return format.day(text);
      case "time":
        return format.time(text);
      default:
        return text;
    }
  };
  const told = condition.values.slice(0, 2).map(value);
  const rest = condition.values.length - told.length;
  return {
    field: field ? label(field) : condition.field,
    operator:
      isDay && condition.operator !== "period" && condition.values.length
        ? t(dayWord)
        : t(`filter.op.${condition.operator}`),
    value: told.join(` ${t("filter.or")} `) + (rest > 0 ? ` +${format.number(rest)}` : ""),
  };
}

/** Returns a condition as a sentence. */
export function useConditionText(
  resource: Resource,
  fields: Field[],
  condition: Condition,
): string {
  const { field, operator, value } = useWords({ resource, fields, condition });
  return [field, operator, value].filter(Boolean).join(" ");
}

/** A condition as a sentence, its parts told apart. */
export function ConditionText(props: Props) {
  const { field, operator, value } = useWords(props);
  return (
    <>
      <span className={classes.field}>{field}</span>
      <span className={classes.operator}>{operator}</span>
      {value && <bdi className={classes.value}>{value}</bdi>}
    </>
  );
}
