import { useTranslation } from "react-i18next";
import classes from "./GrantMatrix.module.css";
import { SCOPES, type Cell, type Scope } from "./grants";

interface Props {
  label: string;
  value: Cell;
  /** Whether the records have owners; else there is only yes and no. */
  scoped: boolean;
  editable: boolean;
  onChange: (scope: Scope | "") => void;
}

/** Whose records: in words, with a sign that fills up, and never by colour alone. */
export function ScopeCell({ label, value, scoped, editable, onChange }: Props) {
  const { t } = useTranslation("identity");
  const shown: Cell = !scoped && value && value !== "MIXED" ? "ALL" : value;
  const said = (one: Cell) =>
    t(!scoped && one === "ALL" ? "roles.yes" : `roles.scope.${one || "NONE"}`);
  const reach = (one: Cell) =>
    t(!scoped && one === "ALL" ? "roles.yes" : `roles.reach.${one || "NONE"}`);
  if (!editable) {
    return (
      <span className={classes.scope} data-none={shown === "" || undefined}>
        <ScopeSign scope={shown} />
        {said(shown)}
      </span>
    );
  }
  const offered: Cell[] = scoped ? ["", ...SCOPES] : ["", "ALL"];
  return (
    // A select of the browser lies over the word: a hundred of them are quick, and every keyboard and
    // phone knows them. It offers in whole words what the cell says in short.
    <label className={classes.scope} data-none={shown === "" || undefined} data-editable>
      <ScopeSign scope={shown} />
      <span aria-hidden>{said(shown)}</span>
      <select
        aria-label={label}
        value={shown}
        onChange={(event) => onChange(event.currentTarget.value as Scope | "")}
      >
        {shown === "MIXED" && (
          <option value="MIXED" disabled>
            {reach("MIXED")}
          </option>
        )}
        {offered.map((one) => (
          <option key={one} value={one}>
            {reach(one)}
          </option>
        ))}
      </select>
    </label>
  );
}

const FILLED: Partial<Record<Cell, string>> = {
  OWN: "M8 8V2.5A5.5 5.5 0 0 1 13.5 8Z",
  TEAM: "M8 2.5a5.5 5.5 0 0 1 0 11Z",
  SUBTREE: "M8 8V2.5A5.5 5.5 0 1 1 2.5 8Z",
  ALL: "M8 2.5a5.5 5.5 0 1 1 0 11 5.5 5.5 0 0 1 0-11Z",
  MIXED: "M4 7h8v2H4Z",
};

function ScopeSign({ scope }: { scope: Cell }) {
  return (
    <svg viewBox="0 0 16 16" width="14" height="14" aria-hidden className={classes.sign}>
      <circle cx="8" cy="8" r="5.5" fill="none" stroke="currentColor" />
      {FILLED[scope] && <path d={FILLED[scope]} fill="currentColor" />}
    </svg>
  );
}
