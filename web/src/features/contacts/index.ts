import { Building2, UsersRound } from "lucide-react";
import type { Workspace } from "@/lib/places";

export const workspace: Workspace = {
  key: "contacts",
  label: "contacts:title",
  places: [
    {
      to: "/contacts",
      label: "contacts:contacts.title",
      one: "contacts:contacts.one",
      icon: UsersRound,
      permission: "contacts.contacts.list",
      key: "KeyC",
      resource: "contacts.contacts",
    },
    {
      to: "/companies",
      label: "contacts:companies.title",
      one: "contacts:companies.one",
      icon: Building2,
      permission: "contacts.companies.list",
      key: "KeyB",
      resource: "contacts.companies",
    },
  ],
};
