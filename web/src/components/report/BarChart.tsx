import { useNavigate } from "@tanstack/react-router";
import { useComputedColorScheme } from "@mantine/core";
import { BarChart as Bars } from "echarts/charts";
import { GridComponent, TooltipComponent } from "echarts/components";
import { init, use as register, type EChartsType } from "echarts/core";
import { SVGRenderer } from "echarts/renderers";
import { useEffect, useRef } from "react";
import type { Bar } from "./ReportChart";
import classes from "./report.module.css";

register([Bars, GridComponent, TooltipComponent, SVGRenderer]);

interface Props {
  title: string;
  bars: Bar[];
}

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
    const made = init(box.current, undefined, { renderer: "svg" });
    chart.current = made;
    const observer = new ResizeObserver(() => made.resize());
    observer.observe(box.current);
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
    const font = { fontFamily: style.fontFamily, fontSize: 12 };
    made.setOption(
      {
        animationDuration: 250,
        grid: { left: 8, right: 90, top: 4, bottom: 4, containLabel: true }, // physical: escaped, because axes of numbers are not mirrored
        xAxis: { type: "value", show: false },
        yAxis: {
          type: "category",
          inverse: true,
          data: bars.map((bar) => bar.label),
          axisLine: { show: false },
          axisTick: { show: false },
          axisLabel: { ...font, color: colour("--wasl-text"), width: 200, overflow: "truncate" },
        },
        tooltip: { show: false },
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
              formatter: ({ dataIndex }: { dataIndex: number }) => bars[dataIndex]?.written ?? "",
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
