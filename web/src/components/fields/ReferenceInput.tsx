import { MultiSelect, Select } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { useQueries, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { nameOfRecord, useName } from "@/api/names";
import { fetchByIds, fetchPage } from "@/api/records";
import { resourceOf } from "@/api/resource";
import { focused, type InputProps } from "./FieldInput";

type Labelled = InputProps & { label: string };

function useFound(reference: string, text: string) {
  const [q] = useDebouncedValue(text.trim(), 150);
  const { data, isFetching } = useQuery({
    queryKey: [reference, "pick", q],
    queryFn: ({ signal }) => fetchPage(resourceOf(reference), { q, pageSize: 20 }, signal),
    staleTime: 30_000,
    placeholderData: (previous) => previous,
  });
  return {
    found: (data?.records ?? []).map((record) => ({
      value: record.id,
      label: nameOfRecord(record),
    })),
    isFetching,
  };
}

/** Picks one record of another resource, by part of its name in any script. */
export function ReferenceInput({
  field,
  value,
  onChange,
  error,
  bare,
  autoFocus,
  label,
}: Labelled) {
  const { t } = useTranslation();
  const reference = field.reference ?? "";
  const id = (value as string | undefined) || null;
  const name = useName(reference, id ?? undefined);
  const [text, setText] = useState("");
  // What is chosen stands in the box; it is not what is looked for.
  const { found, isFetching } = useFound(reference, text === name ? "" : text);
  const chosen =
    id && !found.some((one) => one.value === id) ? [{ value: id, label: name ?? "…" }] : [];
  return (
    <Select
      label={bare ? undefined : label}
      aria-label={bare ? label : undefined}
      error={error}
      {...focused(autoFocus)}
      required={field.required}
      data={[...chosen, ...found]}
      filter={({ options }) => options}
      searchable
      clearable={!field.required}
      searchValue={text}
      onSearchChange={setText}
      nothingFoundMessage={isFetching ? t("state.loading") : t("form.nothingFound")}
      value={id}
      onChange={(one) => onChange(one ?? "")}
      comboboxProps={{ withinPortal: true }}
    />
  );
}

/** Picks several records of another resource. */
export function ReferencesInput({ field, value, onChange, error, bare, label }: Labelled) {
  const { t } = useTranslation();
  const reference = field.reference ?? "";
  const ids = (value as string[] | undefined) ?? [];
  const [text, setText] = useState("");
  const { found } = useFound(reference, text);
  const names = useQueries({
    queries: ids.map((id) => ({
      queryKey: ["picked", reference, id],
      queryFn: () => fetchByIds(resourceOf(reference), [id]),
      staleTime: 5 * 60_000,
    })),
  });
  const chosen = ids
    .filter((id) => !found.some((one) => one.value === id))
    .map((id) => {
      const record = names[ids.indexOf(id)]?.data?.[0];
      return { value: id, label: record ? nameOfRecord(record) : "…" };
    });
  return (
    <MultiSelect
      label={bare ? undefined : label}
      aria-label={bare ? label : undefined}
      error={error}
      data={[...chosen, ...found]}
      filter={({ options }) => options}
      searchable
      searchValue={text}
      onSearchChange={setText}
      nothingFoundMessage={t("form.nothingFound")}
      value={ids}
      onChange={onChange}
    />
  );
}
