import { Handshake } from "lucide-react";
import type { Workspace } from "@/lib/places";

export const workspace: Workspace = {
  key: "sales",
  label: "sales:title",
  places: [
    {
      to: "/opportunities",
      label: "sales:opportunities.title",
      one: "sales:opportunities.one",
      icon: Handshake,
      permission: "sales.opportunities.list",
      key: "KeyO",
      resource: "sales.opportunities",
    },
  ],
};
