import { Skeleton } from "@mantine/core";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import classes from "./skeletons.module.css";

/** Says after ten seconds that something is still awaited. */
export function Waiting() {
  const { t } = useTranslation();
  const [late, setLate] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setLate(true), 10_000);
    return () => clearTimeout(timer);
  }, []);
  return (
    <p className={classes.waiting} role="status">
      {late ? t("state.waiting") : ""}
    </p>
  );
}

/** The shape of a list that is on its way. */
export function ListSkeleton({ rows = 14 }: { rows?: number }) {
  return (
    <div className={classes.list} aria-busy="true">
      {Array.from({ length: rows }, (_, index) => (
        <Skeleton key={index} height={12} radius={4} width={`${92 - ((index * 17) % 40)}%`} />
      ))}
      <Waiting />
    </div>
  );
}

/** The shape of a record that is on its way. */
export function RecordSkeleton() {
  return (
    <div className={classes.record} aria-busy="true">
      <Skeleton height={24} width="40%" />
      <ListSkeleton rows={9} />
    </div>
  );
}
