import { useTranslation } from "react-i18next";
import { useAccessNames } from "./access";
import classes from "./GrantMatrix.module.css";
import { ACTIONS, cellOf, type Grant, type Row, type Scope } from "./grants";
import { RowSums } from "./RowSums";
import { ScopeCell } from "./ScopeCell";

interface Props {
  row: Row;
  grants: Grant[];
  editable: boolean;
  onChange: (permissions: string[], scope: Scope | "") => void;
}

/** One collection: the usual steps, then steps of its own, then what it all adds up to. */
export function CollectionRows({ row, grants, editable, onChange }: Props) {
  const { t } = useTranslation("identity");
  const names = useAccessNames();
  const name = names.collection(row.key);
  const cell = (does: string, permissions: string[]) => (
    <ScopeCell
      label={`${name}: ${does}`}
      value={cellOf(grants, permissions)}
      scoped={row.scoped}
      editable={editable}
      onChange={(scope) => onChange(permissions, scope)}
    />
  );
  const special = row.special.length > 0 && (
    <div className={classes.special}>
      {row.special.map((permission) => {
        const verb = names.verbTitle(permission.split(".")[2] ?? "");
        return (
          <span key={permission} className={classes.verb}>
            <span>{verb}</span>
            {cell(verb, [permission])}
          </span>
        );
      })}
    </div>
  );
  const common = ACTIONS.some((action) => row.actions[action].length > 0);
  return (
    <>
      <tr data-begins>
        <th scope="row">{name}</th>
        {common &&
          ACTIONS.map((action) => (
            <td key={action}>
              {row.actions[action].length > 0 &&
                cell(t(`roles.action.${action}`), row.actions[action])}
            </td>
          ))}
        {!common && <td colSpan={ACTIONS.length}>{special}</td>}
      </tr>
      {common && special && (
        <tr>
          <td colSpan={ACTIONS.length + 1}>{special}</td>
        </tr>
      )}
      <tr data-ends>
        <td colSpan={ACTIONS.length + 1}>
          <RowSums row={row} grants={grants} />
        </td>
      </tr>
    </>
  );
}
