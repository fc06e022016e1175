import { ChartColumn } from "lucide-react";
import type { Workspace } from "@/lib/places";

export const workspace: Workspace = {
  key: "reporting",
  label: "reporting:title",
  places: [
    {
      to: "/reports/pipeline",
      label: "reporting:pipeline.title",
      icon: ChartColumn,
      permission: "reporting.reports.run",
      key: "KeyR",
    },
  ],
};
