import { Select } from "@mantine/core";
import { ArrowRight } from "lucide-react";
import { useTranslation } from "react-i18next";
import { useFormat } from "../preferences";
import classes from "./import.module.css";
import type { Preview } from "./ImportWizard";
import type { Target } from "./targets";

export interface Mapping {
  /** The path that each column fills; empty for none. */
  columns: Record<string, string>;
  onDuplicate: string;
  currency: string;
  region: string;
}

interface Props {
  preview: Preview;
  targets: Target[];
  mapping: Mapping;
  onMapping: (mapping: Mapping) => void;
}

const CURRENCIES = ["USD", "EUR", "IRR", "AED", "SAR", "EGP", "TRY", "IQD", "QAR", "KWD", "GBP"];
const REGIONS = [
  "IR",
  "AE",
  "SA",
  "EG",
  "IQ",
  "TR",
  "QA",
  "KW",
  "OM",
  "BH",
  "JO",
  "LB",
  "DE",
  "FR",
  "GB",
  "US",
];
const EXAMPLES = 3;

/** What each column means, beside what is in it. */
export function MapColumns({ preview, targets, mapping, onMapping }: Props) {
  const { t } = useTranslation();
  const format = useFormat();
  const header = preview.header ?? [];
  const rows = (preview.rows ?? []).slice(0, EXAMPLES);
  const taken = new Set(Object.values(mapping.columns).filter(Boolean));
  const hasMoney = [...taken].some((path) => path.endsWith(".amount"));
  const hasPhone = taken.has("phones.number");
  const set = (change: Partial<Mapping>) => onMapping({ ...mapping, ...change });
  return (
    <>
      <p className={classes.told}>
        {t("import.found", { count: Number(preview.rowEstimate ?? 0) })}
        {preview.encoding && (
          <>
            {" · "}
            <bdi className="ltr">{preview.encoding}</bdi>
          </>
        )}
      </p>
      <ul className={classes.columns}>
        {header.map((column, index) => (
          <li key={`${index} ${column}`} className={classes.column}>
            <div className={classes.source}>
              <strong>
                <bdi>{column}</bdi>
              </strong>
              <span className={classes.examples}>
                {rows.map((row, at) => (
                  <bdi key={at}>{row.cells?.[index]}</bdi>
                ))}
              </span>
            </div>
            <ArrowRight size={16} aria-hidden className="mirrored" />
            <Select
              aria-label={t("import.fills", { column })}
              placeholder={t("import.nothing")}
              searchable
              clearable
              data={targets
                .filter((one) => !taken.has(one.path) || mapping.columns[column] === one.path)
                .map((one) => ({ value: one.path, label: one.label }))}
              value={mapping.columns[column] || null}
              onChange={(path) => set({ columns: { ...mapping.columns, [column]: path ?? "" } })}
            />
          </li>
        ))}
      </ul>
      <div className={classes.options}>
        <Select
          label={t("import.onDuplicate")}
          allowDeselect={false}
          data={["SKIP", "UPDATE", "CREATE"].map((value) => ({
            value,
            label: t(`import.${value}`),
          }))}
          value={mapping.onDuplicate}
          onChange={(onDuplicate) => set({ onDuplicate: onDuplicate ?? "SKIP" })}
        />
        {hasMoney && (
          <Select
            label={t("form.currency")}
            searchable
            allowDeselect={false}
            data={CURRENCIES.map((code) => ({
              value: code,
              label: `${code} ${format.name("currency", code)}`,
            }))}
            value={mapping.currency}
            onChange={(currency) => set({ currency: currency ?? "USD" })}
          />
        )}
        {hasPhone && (
          <Select
            label={t("import.region")}
            searchable
            clearable
            data={REGIONS.map((code) => ({ value: code, label: format.name("region", code) }))}
            value={mapping.region || null}
            onChange={(region) => set({ region: region ?? "" })}
          />
        )}
      </div>
    </>
  );
}
