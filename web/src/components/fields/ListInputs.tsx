import { ActionIcon, Button, Input, Select, TextInput } from "@mantine/core";
import { Plus, X } from "lucide-react";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { toAsciiDigits } from "@/lib/digits";
import { useFormat } from "../preferences";
import { directionOf } from "./direction";
import { focused, type InputProps } from "./FieldInput";
import classes from "./fields.module.css";

type Labelled = InputProps & { label: string };

interface RowsProps<Row> {
  label: string;
  error?: string;
  rows: Row[];
  empty: Row;
  limit: number;
  onChange: (rows: Row[]) => void;
  children: (row: Row, set: (row: Row) => void, index: number) => ReactNode;
}

function Rows<Row>({ label, error, rows, empty, limit, onChange, children }: RowsProps<Row>) {
  const { t } = useTranslation();
  const shown = rows.length ? rows : [empty];
  return (
    <Input.Wrapper label={label} labelElement="div" error={error}>
      <div className={classes.rows}>
        {shown.map((row, index) => (
          <div key={index} className={classes.row}>
            {children(
              row,
              (changed) => onChange(shown.map((one, at) => (at === index ? changed : one))),
              index,
            )}
            {rows.length > 0 && (
              <ActionIcon
                variant="subtle"
                color="gray"
                size={36}
                aria-label={`${t("action.remove")}: ${label}`}
                onClick={() => onChange(shown.filter((_, at) => at !== index))}
              >
                <X size={16} aria-hidden />
              </ActionIcon>
            )}
          </div>
        ))}
        {rows.length > 0 && rows.length < limit && (
          <div>
            <Button
              variant="subtle"
              size="compact-sm"
              leftSection={<Plus size={14} aria-hidden />}
              onClick={() => onChange([...shown, empty])}
            >
              {t("action.add")}
            </Button>
          </div>
        )}
      </div>
    </Input.Wrapper>
  );
}

interface Email {
  address: string;
  type?: string;
}

/** E-mail addresses; the first is the one to write to. */
export function EmailsInput({ value, onChange, error, label, autoFocus }: Labelled) {
  return (
    <Rows<Email>
      label={label}
      error={error}
      rows={(value as Email[] | undefined) ?? []}
      empty={{ address: "" }}
      limit={20}
      onChange={onChange}
    >
      {(row, set, index) => (
        <TextInput
          aria-label={label}
          type="email"
          {...focused(autoFocus && index === 0)}
          classNames={{ input: "ltr" }}
          value={row.address}
          onChange={(event) => set({ ...row, address: event.currentTarget.value })}
        />
      )}
    </Rows>
  );
}

interface Phone {
  number: string;
  type?: string;
}

/** Phone numbers; the first is the one to call. */
export function PhonesInput({ value, onChange, error, label, autoFocus }: Labelled) {
  return (
    <Rows<Phone>
      label={label}
      error={error}
      rows={(value as Phone[] | undefined) ?? []}
      empty={{ number: "" }}
      limit={20}
      onChange={onChange}
    >
      {(row, set, index) => (
        <TextInput
          aria-label={label}
          type="tel"
          {...focused(autoFocus && index === 0)}
          classNames={{ input: "ltr numbers" }}
          value={row.number}
          onChange={(event) => set({ ...row, number: toAsciiDigits(event.currentTarget.value) })}
        />
      )}
    </Rows>
  );
}

interface Address {
  street?: string;
  city?: string;
  region?: string;
  postalCode?: string;
  countryCode?: string;
}

const COUNTRIES =
  "AE AF AT AU AZ BE BH CA CH CN DE DK DZ EG ES FR GB GR IN IQ IR IT JO JP KW LB LY MA NL NO OM PK PL PS QA RU SA SD SE SY TJ TN TR US YE".split(
    " ",
  );

/** Postal addresses. */
export function AddressesInput({ value, onChange, error, label }: Labelled) {
  const { t } = useTranslation();
  const format = useFormat();
  const countries = COUNTRIES.map((code) => ({ value: code, label: format.name("region", code) }));
  countries.sort((a, b) => format.compare(a.label, b.label));
  const part = (row: Address, set: (row: Address) => void, name: keyof Address) => (
    <TextInput
      aria-label={t(`address.${name}`)}
      placeholder={t(`address.${name}`)}
      {...directionOf(row[name])}
      value={row[name] ?? ""}
      onChange={(event) => set({ ...row, [name]: event.currentTarget.value })}
    />
  );
  return (
    <Rows<Address>
      label={label}
      error={error}
      rows={(value as Address[] | undefined) ?? []}
      empty={{}}
      limit={10}
      onChange={onChange}
    >
      {(row, set) => (
        <div className={classes.address}>
          {part(row, set, "street")}
          {part(row, set, "city")}
          {part(row, set, "region")}
          {part(row, set, "postalCode")}
          <Select
            aria-label={t("address.countryCode")}
            placeholder={t("address.countryCode")}
            searchable
            clearable
            data={countries}
            value={row.countryCode || null}
            onChange={(code) => set({ ...row, countryCode: code ?? "" })}
          />
        </div>
      )}
    </Rows>
  );
}

/** Returns a list without the rows in which nothing was typed. */
export function withoutEmptyRows(value: unknown): unknown {
  if (!Array.isArray(value)) return value;
  return value.filter(
    (row) => typeof row !== "object" || Object.values(row as object).some((part) => part !== ""),
  );
}
