import { Button } from "@mantine/core";
import { Link, useParams } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { isRunning, useJob } from "@/api/jobs";
import { allPlaces } from "@/lib/places";
import { useTitle } from "../crumb";
import classes from "./import.module.css";
import { JobProgress } from "./JobProgress";

/** A job by its address, found again in the notifications after its page was left. */
export function JobPage() {
  const { service, id } = useParams({ strict: false }) as { service: string; id: string };
  const { t } = useTranslation(["common", service]);
  const { data: job } = useJob(service, id);
  const place = job && allPlaces().find((one) => one.resource === job.kind.replace(/\.\w+$/, ""));
  const title = t("import.title", { things: place ? t(place.label) : "" });
  useTitle(title);
  return (
    <div className={classes.page}>
      <h1>{title}</h1>
      <JobProgress service={service} id={id} />
      {job && isRunning(job) && <p className={classes.told}>{t("import.goesOn")}</p>}
      {place && (
        <div>
          <Button component={Link} to={place.to}>
            {t("palette.goTo", { place: t(place.label) })}
          </Button>
        </div>
      )}
    </div>
  );
}
