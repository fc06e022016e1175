import { ActionIcon, Popover, Progress } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import { Bell } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { isRunning, useJobs } from "@/api/jobs";
import { useMe } from "@/api/me";
import { useFormat } from "@/components/preferences";
import classes from "./Notifications.module.css";
import { WORKSPACES } from "./workspaces";

/** What runs for the person, and what has ended: imports go on when their page is left. */
export function Notifications() {
  const { t } = useTranslation();
  const { user, may } = useMe();
  const format = useFormat();
  const [opened, setOpened] = useState(false);
  const services = WORKSPACES.map((workspace) => workspace.key).filter((key) =>
    may(`${key}.jobs.list`),
  );
  const jobs = useJobs(services).filter((job) => job.ownerId === user?.id);
  const running = jobs.filter(isRunning).length;
  return (
    <Popover position="bottom-end" width={340} opened={opened} onChange={setOpened}>
      <Popover.Target>
        <ActionIcon
          variant="subtle"
          color="gray"
          size="lg"
          onClick={() => setOpened(!opened)}
          aria-label={t("frame.notifications")}
        >
          <Bell size={18} aria-hidden />
          {running > 0 && <span className={classes.count}>{format.number(running)}</span>}
        </ActionIcon>
      </Popover.Target>
      <Popover.Dropdown p={0}>
        <div className={classes.list}>
          {jobs.length === 0 && <p className={classes.nothing}>{t("frame.noNotifications")}</p>}
          {jobs.slice(0, 12).map((job) => (
            <Link
              key={job.id}
              to={`/imports/${job.service}/${job.id}`}
              className={classes.job}
              onClick={() => setOpened(false)}
            >
              <span className={classes.title}>
                {t(job.validateOnly ? "job.check" : "job.import", {
                  what: t(`${job.service}:${job.kind.split(".")[1]}.title`),
                })}
              </span>
              <span className={classes.state} data-state={job.state}>
                {t(`job.state.${job.state}`)}
              </span>
              {isRunning(job) ? (
                <Progress
                  value={(job.progress?.fraction ?? 0) * 100}
                  size="sm"
                  aria-label={t("job.progress")}
                  className={classes.bar}
                />
              ) : (
                <span className={classes.when}>
                  {t("job.rows", { count: Number(job.progress?.rowsRead ?? 0) })}
                  {" · "}
                  {job.createTime && format.ago(job.createTime)}
                </span>
              )}
            </Link>
          ))}
        </div>
      </Popover.Dropdown>
    </Popover>
  );
}
