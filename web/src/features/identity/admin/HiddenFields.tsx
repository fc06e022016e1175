import { Checkbox } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { useMe } from "@/api/me";
import { useSave } from "@/components/form/useSave";
import classes from "./admin.module.css";
import { useAccessNames, usePermissions, type Role } from "./role";
import { ROLES } from "./screens";

const HIDDEN = { name: "hiddenFields", kind: "tags" } as const;

/** Groups of fields that the role does not show. */
export function HiddenFields({ role }: { role: Role }) {
  const { t } = useTranslation("identity");
  const names = useAccessNames();
  const { may } = useMe();
  const { fieldGroups } = usePermissions();
  const { save, dialog } = useSave(ROLES.resource);
  if (!fieldGroups?.length) return null;
  const editable = !role.builtIn && !role.deleteTime && may("identity.roles.update");
  const hidden = role.hiddenFields ?? [];

  function set(name: string, hides: boolean) {
    const value = hides ? [...hidden, name] : hidden.filter((one) => one !== name);
    void save(role, [{ field: HIDDEN, value }]).catch(() => undefined);
  }

  return (
    <section className={classes.hidden} aria-label={t("roles.hidden")}>
      <h2>{t("roles.hidden")}</h2>
      <p className={classes.hint}>{t("roles.hiddenHint")}</p>
      {fieldGroups.map((group) => (
        <Checkbox
          key={group.name}
          label={names.group(group.name)}
          disabled={!editable}
          checked={hidden.includes(group.name)}
          onChange={(event) => set(group.name, event.currentTarget.checked)}
        />
      ))}
      {dialog}
    </section>
  );
}
