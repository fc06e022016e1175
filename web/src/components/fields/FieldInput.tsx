import { Checkbox, MultiSelect, Select, TagsInput, Textarea, TextInput } from "@mantine/core";
import { lazy, Suspense, useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import type { Field, Resource } from "@/api/resource";
import { dayOf, lastMoment } from "@/lib/calendar";
import { toDecimal } from "@/lib/digits";
import type { Money } from "@/lib/format";
import { useFormat } from "../preferences";
import { directionOf, LEFT_TO_RIGHT } from "./direction";
import { AddressesInput, EmailsInput, PhonesInput } from "./ListInputs";
import { LocalizedInput } from "./LocalizedInput";
import { ReferenceInput, ReferencesInput } from "./ReferenceInput";
import { useLabels } from "./useFields";
import classes from "./fields.module.css";

// The calendars of React Aria are fetched when the first date is asked for.
const DateInput = lazy(() => import("./DateInput"));

export interface InputProps {
  resource: Resource;
  field: Field;
  value: unknown;
  onChange: (value: unknown) => void;
  error?: string;
  /** Leaves the label to a screen reader, as in a cell of a table. */
  bare?: boolean;
  autoFocus?: boolean;
}

const CURRENCIES = [
  ...new Set([
    "USD",
    "EUR",
    "IRR",
    "AED",
    "SAR",
    "EGP",
    "TRY",
    "IQD",
    "QAR",
    "KWD",
    "OMR",
    "BHD",
    "JOD",
    "GBP",
  ]),
];
const LANGUAGES = ["fa", "ar", "en", "tr", "ku", "ur", "fr", "de", "es", "ru", "zh", "hi"];
const LATIN = new Set(["website", "email", "externalId", "key", "timeZone"]);

/** The input for a field of any kind. */
export function FieldInput(props: InputProps) {
  const { resource, field, value, onChange, error, bare, autoFocus } = props;
  const { t } = useTranslation();
  const format = useFormat();
  const { label: labelOf, valueLabel } = useLabels(resource);
  const label = labelOf(field);
  const named = bare ? { "aria-label": label } : { label };
  const common = {
    ...named,
    ...focused(autoFocus),
    error,
    required: field.required,
    withAsterisk: field.required,
  };
  const choices = (field.offered ?? field.values ?? []).map((one) => ({
    value: one,
    label: valueLabel(field, one),
  }));

  switch (field.kind) {
    case "longText":
      return (
        <Textarea
          {...common}
          {...directionOf(value as string | undefined)}
          autosize
          minRows={bare ? 1 : 3}
          maxRows={12}
          maxLength={field.maxLength}
          value={(value as string | undefined) ?? ""}
          onChange={(event) => onChange(event.currentTarget.value)}
        />
      );
    case "integer":
    case "number":
      return <NumberField {...props} label={label} />;
    case "money":
      return <MoneyField {...props} label={label} />;
    case "date":
      return (
        <Suspense fallback={<TextInput {...named} disabled />}>
          <DateInput {...props} label={label} />
        </Suspense>
      );
    case "time":
      return (
        <Suspense fallback={<TextInput {...named} disabled />}>
          <DateInput
            {...props}
            label={label}
            value={value ? dayOf(format.preferences, value as string) : undefined}
            onChange={(day) => onChange(day ? lastMoment(format.preferences, day as string) : null)}
          />
        </Suspense>
      );
    case "localized":
      return <LocalizedInput {...props} label={label} />;
    case "boolean":
      return (
        <Checkbox
          {...named}
          {...focused(autoFocus)}
          error={error}
          checked={value === true}
          onChange={(event) => onChange(event.currentTarget.checked)}
        />
      );
    case "enum":
      return (
        <Select
          {...common}
          data={choices}
          clearable={!field.required}
          searchable={choices.length > 8}
          value={choices.some((one) => one.value === value) ? (value as string) : null}
          onChange={(chosen) => onChange(chosen ?? "")}
        />
      );
    case "enums":
      return (
        <MultiSelect
          {...common}
          data={choices}
          value={(value as string[] | undefined) ?? []}
          onChange={onChange}
        />
      );
    case "tags":
      return (
        <TagsInput
          {...common}
          value={(value as string[] | undefined) ?? []}
          maxTags={50}
          splitChars={[",", "،", ";", "؛"]}
          onChange={onChange}
        />
      );
    case "reference":
      return <ReferenceInput {...props} label={label} />;
    case "references":
      return <ReferencesInput {...props} label={label} />;
    case "emails":
      return <EmailsInput {...props} label={label} />;
    case "phones":
      return <PhonesInput {...props} label={label} />;
    case "addresses":
      return <AddressesInput {...props} label={label} />;
    default:
      if (field.name === "preferredLanguage") {
        return (
          <Select
            {...common}
            clearable
            searchable
            data={LANGUAGES.map((code) => ({ value: code, label: format.name("language", code) }))}
            value={(value as string | undefined) || null}
            onChange={(chosen) => onChange(chosen ?? "")}
          />
        );
      }
      return (
        <TextInput
          {...common}
          {...(LATIN.has(field.name) ? LEFT_TO_RIGHT : directionOf(value as string | undefined))}
          maxLength={field.maxLength}
          placeholder={bare ? undefined : field.required ? t("form.required") : undefined}
          value={(value as string | undefined) ?? ""}
          onChange={(event) => onChange(event.currentTarget.value)}
        />
      );
  }
}

/** Within a dialog the first field has the focus, not the button that closes it. */
export function focused(wanted: boolean | undefined) {
  return wanted ? { autoFocus: true, "data-autofocus": true } : {};
}

type Labelled = InputProps & { label: string };

/** Text while it is typed, in any digits; a number for those who ask. */
function useTyped(value: string, onChange: (decimal: string | undefined) => void) {
  const [text, setText] = useState(value);
  const [wrong, setWrong] = useState(false);
  useEffect(() => {
    setText((shown) => (toDecimal(shown) === value || (!shown && !value) ? shown : value));
  }, [value]);
  return {
    text,
    wrong,
    type: (typed: string) => {
      setText(typed);
      const decimal = toDecimal(typed);
      setWrong(typed.trim() !== "" && decimal === undefined);
      if (typed.trim() === "" || decimal !== undefined) onChange(decimal);
    },
  };
}

function NumberField({ field, value, onChange, error, bare, autoFocus, label }: Labelled) {
  const { t } = useTranslation();
  const { text, wrong, type } = useTyped(value ? String(value) : "", (decimal) =>
    onChange(decimal === undefined ? (field.kind === "integer" ? 0 : null) : Number(decimal)),
  );
  return (
    <TextInput
      label={bare ? undefined : label}
      aria-label={bare ? label : undefined}
      inputMode={field.kind === "integer" ? "numeric" : "decimal"}
      classNames={{ input: "ltr numbers" }}
      {...focused(autoFocus)}
      value={text}
      error={wrong ? t("form.notANumber") : error}
      onChange={(event) => type(event.currentTarget.value)}
    />
  );
}

function MoneyField({ value, onChange, error, bare, autoFocus, label }: Labelled) {
  const { t } = useTranslation();
  const format = useFormat();
  const money = (value as Money | null | undefined) ?? undefined;
  const [currency, setCurrency] = useState(money?.currency || lastCurrency());
  const { text, wrong, type } = useTyped(money?.amount ?? "", (amount) =>
    onChange(amount === undefined ? null : { amount, currency }),
  );
  const known = CURRENCIES.includes(currency) ? CURRENCIES : [currency, ...CURRENCIES];
  return (
    <div className={classes.money}>
      <TextInput
        label={bare ? undefined : label}
        aria-label={bare ? label : undefined}
        inputMode="decimal"
        classNames={{ input: "ltr numbers" }}
        {...focused(autoFocus)}
        value={text}
        error={wrong ? t("form.notANumber") : error}
        onChange={(event) => type(event.currentTarget.value)}
      />
      <Select
        label={bare ? undefined : t("form.currency")}
        aria-label={bare ? t("form.currency") : undefined}
        data={known.map((code) => ({ value: code, label: code }))}
        renderOption={({ option }) => (
          <span>
            <span className="ltr">{option.value}</span> {format.name("currency", option.value)}
          </span>
        )}
        comboboxProps={{ width: 220, position: "bottom-end" }}
        searchable
        allowDeselect={false}
        classNames={{ input: "ltr" }}
        value={currency}
        onChange={(chosen) => {
          if (!chosen) return;
          setCurrency(chosen);
          localStorage.setItem("wasl.currency", chosen);
          if (money?.amount) onChange({ ...money, currency: chosen });
        }}
      />
    </div>
  );
}

function lastCurrency(): string {
  return localStorage.getItem("wasl.currency") || "USD";
}
