import { Button, Progress } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { Download, Square } from "lucide-react";
import { useEffect } from "react";
import { useTranslation } from "react-i18next";
import { isRunning, useCancelJob, useJob, type Job } from "@/api/jobs";
import { useFormat } from "../preferences";
import { ProblemState } from "../problem";
import { ListSkeleton } from "../skeletons";
import { toastProblem } from "../toast";
import classes from "./import.module.css";

/** How far a job is: rows, rate, remaining time; and the rows that it refused. */
export function JobProgress({ service, id }: { service: string; id: string }) {
  const { t } = useTranslation();
  const { data: job, error, refetch } = useJob(service, id);
  const queryClient = useQueryClient();
  const cancel = useCancelJob();
  const done = job && !isRunning(job);
  const collection = job?.kind.split(".")[1];
  useEffect(() => {
    if (!done) return;
    void queryClient.invalidateQueries({ queryKey: ["jobs", service] });
    void queryClient.invalidateQueries({ queryKey: [`${service}.${collection}`] });
  }, [done, queryClient, service, collection]);
  if (error && !job) return <ProblemState error={error} retry={() => void refetch()} />;
  if (!job) return <ListSkeleton rows={3} />;
  const failed = Number(job.progress?.rowsFailed ?? 0);
  return (
    <section className={classes.job} aria-label={t("job.progress")}>
      <div className={classes.jobHead}>
        <strong data-state={job.state} className={classes.state}>
          {t(`job.state.${job.state}`)}
          {job.validateOnly && ` · ${t("import.trial")}`}
        </strong>
        <span className={classes.told} role="status">
          <Pace job={job} />
        </span>
        {isRunning(job) && (
          <Button
            size="xs"
            variant="default"
            leftSection={<Square size={12} aria-hidden />}
            onClick={() => void cancel(service, id).catch(toastProblem)}
          >
            {t("import.stop")}
          </Button>
        )}
      </div>
      <Progress
        value={(job.progress?.fraction ?? 0) * 100}
        color={job.state === "FAILED" ? "red" : undefined}
        animated={isRunning(job)}
        aria-label={t("job.progress")}
      />
      <Counts job={job} />
      {job.error?.message && (
        <p className={classes.refused} role="alert">
          {job.error.message}
        </p>
      )}
      {failed > 0 && (
        <div>
          <Button
            component="a"
            href={`/v1/${service}/jobs/${id}:failures`}
            download
            variant="default"
            size="xs"
            leftSection={<Download size={14} aria-hidden />}
          >
            {t("import.failures", { count: failed })}
          </Button>
        </div>
      )}
    </section>
  );
}

function Pace({ job }: { job: Job }) {
  const { t } = useTranslation();
  const format = useFormat();
  const { rowsPerSecond, remaining } = job.progress ?? {};
  if (!isRunning(job)) return job.endTime ? format.ago(job.endTime) : null;
  const seconds = remaining ? Number.parseFloat(remaining) : undefined;
  return (
    <>
      {rowsPerSecond ? t("import.rate", { count: Math.round(rowsPerSecond) }) : ""}
      {seconds ? ` · ${t("import.remaining", { time: format.duration(seconds) })}` : ""}
    </>
  );
}

const COUNTS = ["rowsRead", "rowsCreated", "rowsUpdated", "rowsSkipped", "rowsFailed"] as const;

function Counts({ job }: { job: Job }) {
  const { t } = useTranslation();
  const format = useFormat();
  return (
    <dl className={classes.counts}>
      {COUNTS.map((name) => (
        <div
          key={name}
          data-bad={(name === "rowsFailed" && Number(job.progress?.[name]) > 0) || undefined}
        >
          <dt>{t(`import.${name}`)}</dt>
          <dd>{format.number(Number(job.progress?.[name] ?? 0))}</dd>
        </div>
      ))}
    </dl>
  );
}
