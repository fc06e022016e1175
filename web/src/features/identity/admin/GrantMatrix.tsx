import { Select, Skeleton } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { useMe } from "@/api/me";
import { useSave } from "@/components/form/useSave";
import { ProblemState } from "@/components/problem";
import { ACTIONS, cellOf, rowsOf, SCOPES, withCell, type Cell, type Row } from "../grants";
import classes from "./admin.module.css";
import { useAccessNames, usePermissions, type Role } from "./role";
import { ROLES } from "./screens";

const GRANTS = { name: "grants", kind: "messages" } as const;

/** What a role may do, as a table: what there is, what one does with it, and whose. */
export function GrantMatrix({ role }: { role: Role }) {
  const { t } = useTranslation("identity");
  const names = useAccessNames();
  const { may } = useMe();
  const { permissions, error } = usePermissions();
  const { save, dialog } = useSave(ROLES.resource);
  if (error) return <ProblemState error={error} />;
  if (!permissions) return <Skeleton height={320} />;
  const editable = !role.builtIn && !role.deleteTime && may("identity.roles.update");
  const rows = rowsOf(permissions);
  const services = [...new Set(rows.map((row) => row.service))];

  function set(changed: string[], scope: string) {
    const value = withCell(role.grants, permissions ?? [], changed, scope as never);
    void save(role, [{ field: GRANTS, value }]).catch(() => undefined);
  }

  const cell = (row: Row, label: string, behind: string[]) =>
    behind.length === 0 ? (
      <span className={classes.none} aria-label={t("roles.noSuchAction")} />
    ) : (
      <ScopeCell
        label={label}
        value={cellOf(role.grants, behind)}
        scoped={row.scoped}
        editable={editable}
        onChange={(scope) => set(behind, scope)}
      />
    );

  return (
    <section className={classes.matrixBox} aria-label={t("roles.grants")}>
      <h2>{t("roles.grants")}</h2>
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
              <th scope="col">{t("roles.special")}</th>
            </tr>
          </thead>
          {services.map((service) => (
            <tbody key={service}>
              <tr>
                <th scope="rowgroup" colSpan={ACTIONS.length + 2} className={classes.service}>
                  {names.service(service)}
                </th>
              </tr>
              {rows
                .filter((row) => row.service === service)
                .map((row) => (
                  <tr key={row.key}>
                    <th scope="row">{names.collection(row.key)}</th>
                    {ACTIONS.map((action) => (
                      <td key={action}>
                        {cell(
                          row,
                          `${names.collection(row.key)}: ${t(`roles.action.${action}`)}`,
                          row.actions[action],
                        )}
                      </td>
                    ))}
                    <td className={classes.special}>
                      {row.special.map((name) => {
                        const verb = names.verb(name.split(".")[2] ?? "");
                        return (
                          <span key={name} className={classes.verb}>
                            <span>{verb}</span>
                            {cell(row, `${names.collection(row.key)}: ${verb}`, [name])}
                          </span>
                        );
                      })}
                    </td>
                  </tr>
                ))}
            </tbody>
          ))}
        </table>
      </div>
      {dialog}
    </section>
  );
}

interface CellProps {
  label: string;
  value: Cell;
  scoped: boolean;
  editable: boolean;
  onChange: (scope: string) => void;
}

/** Whose records: in words, and never by colour alone. */
function ScopeCell({ label, value, scoped, editable, onChange }: CellProps) {
  const { t } = useTranslation("identity");
  const said = (one: string) =>
    !scoped && one && one !== "MIXED" ? t("roles.yes") : t(`roles.scope.${one || "NONE"}`);
  if (!editable) {
    return (
      <span className={classes.scope} data-none={value === "" || undefined}>
        {said(value)}
      </span>
    );
  }
  const offered: string[] = scoped ? ["", ...SCOPES] : ["", "ALL"];
  const shown = !scoped && value && value !== "MIXED" ? "ALL" : value;
  return (
    <Select
      size="xs"
      aria-label={label}
      classNames={{ input: classes.pick }}
      data-none={value === "" || undefined}
      allowDeselect={false}
      comboboxProps={{ width: "max-content" }}
      data={[
        ...(value === "MIXED" ? [{ value: "MIXED", label: said("MIXED"), disabled: true }] : []),
        ...offered.map((one) => ({ value: one || "NONE", label: said(one) })),
      ]}
      value={shown || "NONE"}
      onChange={(chosen) => chosen && onChange(chosen === "NONE" ? "" : chosen)}
    />
  );
}
