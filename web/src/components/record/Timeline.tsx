import { CirclePlus, PencilLine, type LucideIcon } from "lucide-react";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import type { RecordJson } from "@/api/resource";
import { useFormat } from "../preferences";
import classes from "./record.module.css";

export interface Moment {
  at: string;
  icon: LucideIcon;
  text: ReactNode;
}

/** What happened, the newest first. Creation and the last change are known of every record. */
export function Timeline({ record, more = [] }: { record: RecordJson; more?: Moment[] }) {
  const { t } = useTranslation();
  const format = useFormat();
  const { createTime, updateTime } = record as RecordJson & {
    createTime: string;
    updateTime: string;
  };
  const moments: Moment[] = [
    ...more,
    ...(updateTime !== createTime && Date.parse(updateTime) - Date.parse(createTime) > 1000
      ? [{ at: updateTime, icon: PencilLine, text: t("record.changed") }]
      : []),
    { at: createTime, icon: CirclePlus, text: t("record.created") },
  ];
  moments.sort((a, b) => b.at.localeCompare(a.at));
  return (
    <ol className={classes.timeline} aria-label={t("record.activity")}>
      {moments.map((moment, index) => (
        <li key={index} className={classes.event}>
          <moment.icon size={16} aria-hidden />
          <span>{moment.text}</span>
          <time dateTime={moment.at} title={format.time(moment.at)}>
            {format.ago(moment.at)}
          </time>
        </li>
      ))}
    </ol>
  );
}
