import { ActionIcon, Button, Checkbox, Popover, Switch, Tooltip } from "@mantine/core";
import { ArrowDown, ArrowUp, Columns3 } from "lucide-react";
import { useTranslation } from "react-i18next";
import type { Field } from "@/api/resource";
import { useLabels } from "../fields/useFields";
import { canBeColumn, type Columns } from "./columns";
import type { ScreenDefinition } from "./definition";
import classes from "./ListPage.module.css";

interface Props {
  definition: ScreenDefinition;
  fields: Field[];
  columns: Columns;
  onColumns: (columns: Columns) => void;
  comfortable: boolean;
  onComfortable: (comfortable: boolean) => void;
}

/** Chooses columns and their order, and how high rows are. */
export function ColumnMenu({
  definition,
  fields,
  columns,
  onColumns,
  comfortable,
  onComfortable,
}: Props) {
  const { t } = useTranslation();
  const { label } = useLabels(definition.resource);
  const possible = fields.filter(
    (field) => canBeColumn(field) && field.name !== definition.titleField,
  );
  const shown = columns.shown.slice(1);
  const order = [
    ...shown
      .map((name) => possible.find((field) => field.name === name))
      .filter((field) => field !== undefined),
    ...possible.filter((field) => !shown.includes(field.name)),
  ];
  const set = (names: string[]) =>
    onColumns({ ...columns, shown: [definition.titleField, ...names] });
  const move = (name: string, by: number) => {
    const next = [...shown];
    const from = next.indexOf(name);
    next.splice(from, 1);
    next.splice(Math.max(0, from + by), 0, name);
    set(next);
  };
  return (
    <Popover position="bottom-end" width={300} trapFocus>
      <Popover.Target>
        <Tooltip label={t("list.columns")}>
          <ActionIcon variant="default" size={32} aria-label={t("list.columns")}>
            <Columns3 size={16} aria-hidden />
          </ActionIcon>
        </Tooltip>
      </Popover.Target>
      <Popover.Dropdown>
        <Switch
          label={t("list.comfortable")}
          size="xs"
          checked={comfortable}
          onChange={(event) => onComfortable(event.currentTarget.checked)}
        />
        <ul className={classes.columnList}>
          {order.map((field) => {
            const isShown = shown.includes(field.name);
            return (
              <li key={field.name}>
                <Checkbox
                  size="xs"
                  label={label(field)}
                  checked={isShown}
                  onChange={() =>
                    set(
                      isShown
                        ? shown.filter((name) => name !== field.name)
                        : [...shown, field.name],
                    )
                  }
                />
                {isShown && (
                  <span className={classes.moves}>
                    <ActionIcon
                      variant="subtle"
                      color="gray"
                      size="sm"
                      disabled={shown[0] === field.name}
                      aria-label={`${t("action.moveUp")}: ${label(field)}`}
                      onClick={() => move(field.name, -1)}
                    >
                      <ArrowUp size={13} aria-hidden />
                    </ActionIcon>
                    <ActionIcon
                      variant="subtle"
                      color="gray"
                      size="sm"
                      disabled={shown.at(-1) === field.name}
                      aria-label={`${t("action.moveDown")}: ${label(field)}`}
                      onClick={() => move(field.name, 1)}
                    >
                      <ArrowDown size={13} aria-hidden />
                    </ActionIcon>
                  </span>
                )}
              </li>
            );
          })}
        </ul>
        <Button
          variant="subtle"
          size="compact-sm"
          onClick={() => onColumns({ shown: definition.columns, sizes: {} })}
        >
          {t("list.usualColumns")}
        </Button>
      </Popover.Dropdown>
    </Popover>
  );
}
