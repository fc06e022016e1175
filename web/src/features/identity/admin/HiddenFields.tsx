import { Checkbox } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { useMe } from "@/api/me";
import { useSave } from "@/components/form/useSave";
import { useFormat } from "@/components/preferences";
import { useAccessNames, usePermissions, type Role } from "./access";
import classes from "./admin.module.css";
import { ROLES } from "./screens";

const HIDDEN = { name: "hiddenFields", kind: "tags" } as const;

/** Groups of fields that the role does not show. */
export function HiddenFields({ role }: { role: Role }) {
  const { t } = useTranslation("identity");
  const format = useFormat();
  const names = useAccessNames();
  const { may } = useMe();
  const { fieldGroups } = usePermissions();
  const { saveField, dialog } = useSave(ROLES.resource);
  if (!fieldGroups?.length) return null;
  const editable = !role.builtIn && !role.deleteTime && may("identity.roles.update");
  const hidden = role.hiddenFields ?? [];

  function set(name: string, hides: boolean) {
    const value = hides ? [...hidden, name] : hidden.filter((one) => one !== name);
    void saveField(role, HIDDEN, value);
  }

  return (
    <section className={classes.hidden} aria-label={t("roles.hidden")}>
      <h2>{t("roles.hidden")}</h2>
      <p className={classes.hint}>{t("roles.hiddenHint")}</p>
      {fieldGroups.map((group) => (
        <Checkbox
          key={group.name}
          label={names.group(group.name)}
          description={format.list(group.fields.map(names.field))}
          disabled={!editable}
          checked={hidden.includes(group.name)}
          onChange={(event) => set(group.name, event.currentTarget.checked)}
        />
      ))}
      {dialog}
    </section>
  );
}
