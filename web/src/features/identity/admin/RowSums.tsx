import { useTranslation } from "react-i18next";
import { useFormat } from "@/components/preferences";
import { useAccessNames } from "./access";
import classes from "./GrantMatrix.module.css";
import { sumsOf, type Grant, type Row } from "./grants";

/** What grants add up to for one collection, as people would say it. */
export function RowSums({ row, grants }: { row: Row; grants: Grant[] }) {
  const { t } = useTranslation("identity");
  const names = useAccessNames();
  const format = useFormat();
  const { reach, makes, special } = sumsOf(grants, row);
  const said = [
    ...reach.map(({ scope, actions }) =>
      t(`roles.sum.${row.scoped ? scope : "YES"}`, {
        actions: format.list(actions.map((action) => t(`roles.does.${action}`))),
      }),
    ),
    ...(makes.length
      ? [
          t("roles.sum.NEW", {
            actions: format.list(makes.map((action) => t(`roles.does.${action}`))),
          }),
        ]
      : []),
    ...(special.length
      ? [t("roles.sum.special", { verbs: format.list(special.map(names.verb)) })]
      : []),
  ];
  return <span className={classes.sums}>{said.join(" ") || t("roles.sum.NONE")}</span>;
}
