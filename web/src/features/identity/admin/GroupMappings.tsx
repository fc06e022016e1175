import { ActionIcon, Button, Group, TextInput } from "@mantine/core";
import { Plus, X } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { Field, RecordJson } from "@/api/resource";
import { FieldInput } from "@/components/fields/FieldInput";
import { Reference } from "@/components/fields/FieldValue";
import { directionOf } from "@/components/fields/direction";
import { useSave } from "@/components/form/useSave";
import classes from "./admin.module.css";
import { PROVIDERS } from "./screens";

/** What it means here to be in a group of the provider: a role, a team, or both. */
export interface Mapping {
  group: string;
  roleId: string;
  teamId: string;
}

const MAPPINGS = { name: "groupMappings", kind: "messages" } as const;
const ROLE: Field = { name: "roleId", kind: "reference", reference: "identity.roles" };
const TEAM: Field = { name: "teamId", kind: "reference", reference: "identity.teams" };
const EMPTY: Mapping = { group: "", roleId: "", teamId: "" };

interface Props {
  provider: RecordJson;
  mappings: Mapping[];
  editable: boolean;
}

export function GroupMappings({ provider, mappings, editable }: Props) {
  const { t } = useTranslation(["identity", "common"]);
  const [rows, setRows] = useState<Mapping[]>();
  const { saveField, dialog } = useSave(PROVIDERS.resource, {
    renderValue: (_field, value) => <MappingTable mappings={value as Mapping[]} />,
  });
  if (!rows) {
    return (
      <>
        {mappings.length > 0 ? (
          <MappingTable mappings={mappings} />
        ) : (
          <p className={classes.hint}>{t("oidcProviders.noMappings")}</p>
        )}
        {editable && (
          <Group>
            <Button variant="default" onClick={() => setRows(mappings.length ? mappings : [EMPTY])}>
              {t("common:action.edit")}
            </Button>
          </Group>
        )}
        {dialog}
      </>
    );
  }
  const set = (index: number, changed: Partial<Mapping>) =>
    setRows(rows.map((row, at) => (at === index ? { ...row, ...changed } : row)));
  const given = rows.filter((row) => row.group.trim());
  const unclear = given.some((row) => !row.roleId && !row.teamId);
  return (
    <form
      className={classes.mappings}
      onSubmit={(event) => {
        event.preventDefault();
        const value = given.map((row) => ({ ...row, group: row.group.trim() }));
        void saveField(provider, MAPPINGS, value).then((saved) => saved && setRows(undefined));
      }}
    >
      {rows.map((row, index) => (
        <div key={index} className={classes.mapping}>
          <TextInput
            label={t("oidcProviders.group")}
            {...directionOf(row.group)}
            value={row.group}
            onChange={(event) => set(index, { group: event.currentTarget.value })}
          />
          {[ROLE, TEAM].map((field) => (
            <FieldInput
              key={field.name}
              resource={PROVIDERS.resource}
              field={field}
              value={row[field.name as keyof Mapping]}
              onChange={(id) => set(index, { [field.name]: id as string })}
            />
          ))}
          <ActionIcon
            variant="subtle"
            color="gray"
            size={36}
            aria-label={`${t("common:action.remove")}: ${row.group}`}
            onClick={() => setRows(rows.filter((_, at) => at !== index))}
          >
            <X size={16} aria-hidden />
          </ActionIcon>
        </div>
      ))}
      {unclear && (
        <p className={classes.refused} role="alert">
          {t("oidcProviders.unclear")}
        </p>
      )}
      <Group justify="space-between">
        <Button
          variant="subtle"
          leftSection={<Plus size={14} aria-hidden />}
          onClick={() => setRows([...rows, EMPTY])}
        >
          {t("common:action.add")}
        </Button>
        <Group gap="xs">
          <Button variant="default" onClick={() => setRows(undefined)}>
            {t("common:action.cancel")}
          </Button>
          <Button type="submit" disabled={unclear}>
            {t("common:action.save")}
          </Button>
        </Group>
      </Group>
      {dialog}
    </form>
  );
}

function MappingTable({ mappings }: { mappings: Mapping[] }) {
  const { t } = useTranslation("identity");
  return (
    <table className={classes.table}>
      <thead>
        <tr>
          <th scope="col">{t("oidcProviders.group")}</th>
          <th scope="col">{t("fields.roleId")}</th>
          <th scope="col">{t("common:fields.teamId")}</th>
        </tr>
      </thead>
      <tbody>
        {mappings.map((one, index) => (
          <tr key={index}>
            <td>
              <bdi>{one.group}</bdi>
            </td>
            <td>{one.roleId ? <Reference to="identity.roles" id={one.roleId} /> : "–"}</td>
            <td>{one.teamId ? <Reference to="identity.teams" id={one.teamId} /> : "–"}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
