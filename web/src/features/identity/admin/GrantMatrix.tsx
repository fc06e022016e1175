import { Skeleton } from "@mantine/core";
import { useRef } from "react";
import { useTranslation } from "react-i18next";
import { useMe } from "@/api/me";
import { useSave } from "@/components/form/useSave";
import { ProblemState } from "@/components/problem";
import { useAccessNames, usePermissions, type Role } from "./access";
import { CollectionRows } from "./CollectionRows";
import classes from "./GrantMatrix.module.css";
import { ACTIONS, rowsOf, unknownOf, withCell, type Grant, type Row, type Scope } from "./grants";
import { RowSums } from "./RowSums";
import { ROLES } from "./screens";

const GRANTS = { name: "grants", kind: "messages" } as const;

/** One cell that was set. */
interface Edit {
  row: Row;
  changed: string[];
  scope: Scope | "";
}

/** What a role may do, as a table: what there is, what one does with it, and whose. */
export function GrantMatrix({ role }: { role: Role }) {
  const { t } = useTranslation("identity");
  const names = useAccessNames();
  const { may } = useMe();
  const { permissions, error } = usePermissions();
  const applied = (grants: Grant[], { changed, scope }: Edit) =>
    withCell(grants, permissions ?? [], changed, scope);
  // A stale edit is made again on top of the other one, and tells both sides of its row only.
  const edit = useRef<Edit>(undefined);
  const { saveField, dialog } = useSave(ROLES.resource, {
    renderValue: (_field, value) =>
      edit.current && <RowSums row={edit.current.row} grants={value as Grant[]} />,
    rebase: (theirs, change) =>
      edit.current ? { ...change, value: applied((theirs as Role).grants, edit.current) } : change,
  });
  if (error) return <ProblemState error={error} />;
  if (!permissions) return <Skeleton height={320} m={16} />;
  const editable = !role.builtIn && !role.deleteTime && may("identity.roles.update");
  const rows = rowsOf(permissions);
  const services = [...new Set(rows.map((row) => row.service))];
  const elsewhere = unknownOf(role.grants, permissions);

  function set(made: Edit) {
    edit.current = made;
    void saveField(role, GRANTS, applied(role.grants, made));
  }

  return (
    <section className={classes.box} aria-label={t("roles.grants")}>
      <h2>{t("roles.grants")}</h2>
      <p className={classes.hint}>{t(role.builtIn ? "roles.builtInHint" : "roles.grantsHint")}</p>
      <div className={classes.scroll} tabIndex={0} role="group" aria-label={t("roles.grants")}>
        <table className={classes.matrix}>
          <thead>
            <tr>
              <th scope="col">{t("roles.what")}</th>
              {ACTIONS.map((action) => (
                <th scope="col" key={action}>
                  {t(`roles.action.${action}`)}
                </th>
              ))}
            </tr>
          </thead>
          {services.map((service) => (
            <tbody key={service}>
              <tr>
                <th scope="rowgroup" colSpan={ACTIONS.length + 1} className={classes.service}>
                  <span>{names.service(service)}</span>
                </th>
              </tr>
              {rows
                .filter((row) => row.service === service)
                .map((row) => (
                  <CollectionRows
                    key={row.key}
                    row={row}
                    grants={role.grants}
                    editable={editable}
                    onChange={(changed, scope) => set({ row, changed, scope })}
                  />
                ))}
            </tbody>
          ))}
        </table>
      </div>
      {elsewhere.length > 0 && (
        <p className={classes.hint}>
          {t("roles.elsewhere")} <bdi className="ltr">{elsewhere.join(", ")}</bdi>
        </p>
      )}
      {dialog}
    </section>
  );
}
