import { Skeleton } from "@mantine/core";
import { lazy, Suspense } from "react";
import classes from "./report.module.css";

// ECharts is fetched when the first chart is drawn.
const BarChart = lazy(() => import("./BarChart"));

export interface Bar {
  label: string;
  value: number | undefined;
  /** The value as the person reads it. */
  written: string;
  /** Where the records behind the number are. */
  href?: string;
}

interface Props {
  title: string;
  bars: Bar[];
}

const LINE = 34;
/** More bars than this say nothing any more; the table below has them all. */
const SHOWN = 20;

/** A bar for each group, with its number beside it. */
export function ReportChart({ title, bars }: Props) {
  const shown = bars.slice(0, SHOWN);
  return (
    <figure className={classes.figure}>
      <figcaption>{title}</figcaption>
      <div style={{ blockSize: Math.max(56, shown.length * LINE + 8) }}>
        <Suspense fallback={<Skeleton height="100%" />}>
          <BarChart bars={shown} title={title} />
        </Suspense>
      </div>
    </figure>
  );
}
