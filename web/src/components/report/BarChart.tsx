import { useNavigate } from "@tanstack/react-router";
import { useComputedColorScheme } from "@mantine/core";
import { BarChart as Bars } from "echarts/charts";
import { GridComponent } from "echarts/components";
import { init, use as register, type EChartsType } from "echarts/core";
import { SVGRenderer } from "echarts/renderers";
import { useEffect, useRef } from "react";
import type { Bar } from "./ReportChart";
import classes from "./report.module.css";

register([Bars, GridComponent, SVGRenderer]);

/** Room beside the longest bar for its number. */
const WRITTEN_WIDTH = 116;

interface Props {
  title: string;
  bars: Bar[];
}

// Names and amounts keep their own direction, in a text that runs from left to right.
const isolated = (text: string) => `\u2068${text}\u2069`;

const labelWidth = (box: HTMLElement) => Math.min(200, Math.round(box.clientWidth * 0.32));

/** Horizontal bars. A numeric axis runs from left to right in every language. */
export default function BarChart({ title, bars }: Props) {
  const box = useRef<HTMLDivElement>(null);
  const chart = useRef<EChartsType>(undefined);
  const scheme = useComputedColorScheme();
  const navigate = useNavigate();
  const go = useRef(navigate);
  go.current = navigate;

  useEffect(() => {
    if (!box.current) return;
    const place = box.current;
    const made = init(place, undefined, { renderer: "svg" });
    chart.current = made;
    const observer = new ResizeObserver(() => {
      made.resize();
      made.setOption({ yAxis: { axisLabel: { width: labelWidth(place) } } });
    });
    observer.observe(place);
    return () => {
      observer.disconnect();
      made.dispose();
    };
  }, []);

  useEffect(() => {
    const made = chart.current;
    if (!made || !box.current) return;
    const style = getComputedStyle(box.current);
    const colour = (name: string) => style.getPropertyValue(name).trim();
    const font = { fontFamily: style.fontFamily, fontSize: parseFloat(style.fontSize) };
    made.setOption(
      {
        animation: !window.matchMedia("(prefers-reduced-motion: reduce)").matches,
        animationDuration: 250,
        grid: {
          left: 0, // physical: escaped, because axes of numbers are not mirrored
          right: WRITTEN_WIDTH, // physical: escaped, as above
          top: 0,
          bottom: 0,
          outerBoundsMode: "same",
          outerBoundsContain: "axisLabel",
        },
        xAxis: { type: "value", show: false },
        yAxis: {
          type: "category",
          inverse: true,
          data: bars.map((bar) => isolated(bar.label)),
          axisLine: { show: false },
          axisTick: { show: false },
          axisLabel: {
            ...font,
            color: colour("--wasl-text"),
            width: labelWidth(box.current),
            overflow: "truncate",
          },
        },
        series: [
          {
            type: "bar",
            barMaxWidth: 20,
            data: bars.map((bar) => ({ value: bar.value ?? 0, name: bar.label })),
            itemStyle: { color: colour("--wasl-accent"), borderRadius: 3 },
            cursor: bars.some((bar) => bar.href) ? "pointer" : "default",
            label: {
              ...font,
              show: true,
              position: "right",
              color: colour("--wasl-text"),
              formatter: ({ dataIndex }: { dataIndex: number }) =>
                isolated(bars[dataIndex]?.written ?? ""),
            },
          },
        ],
      },
      { notMerge: true },
    );
    const open = ({ dataIndex }: { dataIndex: number }) => {
      const href = bars[dataIndex]?.href;
      if (href) void go.current({ href });
    };
    made.on("click", open as never);
    return () => {
      made.off("click");
    };
  }, [bars, scheme]);

  // The table below says the same to those who cannot see it.
  return <div ref={box} className={classes.chart} role="img" aria-label={title} dir="ltr" />;
}
