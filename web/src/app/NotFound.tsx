import { Button } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import classes from "@/components/problem.module.css";

export function NotFound() {
  const { t } = useTranslation();
  return (
    <main className={classes.state}>
      <h1>{t("state.notFound")}</h1>
      <p>{t("state.notFoundHint")}</p>
      <Button component={Link} to="/">
        {t("product")}
      </Button>
    </main>
  );
}
