import { Button, CloseButton, Popover, TextInput, Tooltip } from "@mantine/core";
import { ListFilter } from "lucide-react";
import { lazy, Suspense, useState } from "react";
import { useTranslation } from "react-i18next";
import type { Field, Resource } from "@/api/resource";
import { readFilter, writeFilter, type Condition } from "@/lib/filter";
import { ConditionText, useConditionText } from "./ConditionText";
import classes from "./FilterBar.module.css";
import { operatorsOf } from "./operators";

const ConditionForm = lazy(() =>
  import("./ConditionForm").then((found) => ({ default: found.ConditionForm })),
);

interface Props {
  resource: Resource;
  fields: Field[];
  filter: string;
  onFilter: (filter: string) => void;
}

/** Conditions as chips that read as a sentence; text where there is more to say than chips can. */
export function FilterBar({ resource, fields, filter, onFilter }: Props) {
  const { t } = useTranslation();
  const conditions = readFilter(filter);
  const possible = fields.filter((field) => operatorsOf(field).length > 0);
  if (!conditions) return <FilterText filter={filter} onFilter={onFilter} />;
  const replace = (index: number, changed: Condition | undefined) =>
    onFilter(
      writeFilter(
        conditions.flatMap((one, at) => (at !== index ? [one] : changed ? [changed] : [])),
      ),
    );
  return (
    <div className={classes.bar}>
      {conditions.map((condition, index) => (
        <Chip
          key={`${index} ${condition.field}`}
          resource={resource}
          fields={possible}
          condition={condition}
          onChange={(changed) => replace(index, changed)}
        />
      ))}
      <AddFilter
        resource={resource}
        fields={possible}
        label={t("filter.add")}
        onAdd={(condition) => onFilter(writeFilter([...conditions, condition]))}
      />
    </div>
  );
}

interface ChipProps {
  resource: Resource;
  fields: Field[];
  condition: Condition;
  onChange: (condition: Condition | undefined) => void;
}

function Chip({ resource, fields, condition, onChange }: ChipProps) {
  const { t } = useTranslation();
  const [opened, setOpened] = useState(false);
  const text = useConditionText(resource, fields, condition);
  return (
    <Popover opened={opened} onChange={setOpened} position="bottom-start" width={320} trapFocus>
      <Popover.Target>
        <span className={classes.chip}>
          <button
            type="button"
            className={classes.chipText}
            aria-label={t("filter.edit", { text })}
            onClick={() => setOpened(!opened)}
          >
            <ConditionText resource={resource} fields={fields} condition={condition} />
          </button>
          <CloseButton
            size="xs"
            aria-label={t("filter.remove", { text })}
            onClick={() => onChange(undefined)}
          />
        </span>
      </Popover.Target>
      <Popover.Dropdown>
        <Suspense>
          <ConditionForm
            resource={resource}
            fields={fields}
            condition={condition}
            onApply={(changed) => {
              setOpened(false);
              onChange(changed);
            }}
          />
        </Suspense>
      </Popover.Dropdown>
    </Popover>
  );
}

interface AddProps {
  resource: Resource;
  fields: Field[];
  label: string;
  onAdd: (condition: Condition) => void;
}

function AddFilter({ resource, fields, label, onAdd }: AddProps) {
  const [opened, setOpened] = useState(false);
  return (
    <Popover opened={opened} onChange={setOpened} position="bottom-start" width={320} trapFocus>
      <Popover.Target>
        <Button
          variant="subtle"
          color="gray"
          size="compact-sm"
          leftSection={<ListFilter size={14} aria-hidden />}
          onClick={() => setOpened(!opened)}
        >
          {label}
        </Button>
      </Popover.Target>
      <Popover.Dropdown>
        <Suspense>
          <ConditionForm
            resource={resource}
            fields={fields}
            onApply={(condition) => {
              setOpened(false);
              onAdd(condition);
            }}
          />
        </Suspense>
      </Popover.Dropdown>
    </Popover>
  );
}

function FilterText({ filter, onFilter }: Pick<Props, "filter" | "onFilter">) {
  const { t } = useTranslation();
  const [text, setText] = useState(filter);
  return (
    <form
      className={classes.bar}
      onSubmit={(event) => {
        event.preventDefault();
        onFilter(text);
      }}
    >
      <Tooltip label={t("filter.textHint")} multiline>
        <TextInput
          aria-label={t("filter.text")}
          className={classes.text}
          size="xs"
          classNames={{ input: "ltr" }}
          value={text}
          onChange={(event) => setText(event.currentTarget.value)}
        />
      </Tooltip>
      <Button type="submit" size="xs" variant="default">
        {t("action.apply")}
      </Button>
      <CloseButton aria-label={t("action.clear")} onClick={() => onFilter("")} />
    </form>
  );
}
