import { Navigate } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import classes from "@/components/problem.module.css";
import { useOpenWorkspaces } from "./useOpenWorkspaces";

/** Leads to the first page that the person's grants open. */
export function Home() {
  const { t } = useTranslation();
  const first = useOpenWorkspaces()[0]?.places[0];
  if (first) return <Navigate to={first.to} replace />;
  return (
    <div className={classes.state}>
      <h1>{t("product")}</h1>
      <p>{t("frame.nothing")}</p>
    </div>
  );
}
