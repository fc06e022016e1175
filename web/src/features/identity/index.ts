import {
  KeyRound,
  Network,
  ScrollText,
  ShieldCheck,
  ShieldQuestion,
  SlidersHorizontal,
  UserCog,
  Waypoints,
} from "lucide-react";
import type { Workspace } from "@/lib/places";

export const workspace: Workspace = {
  key: "identity",
  label: "identity:title",
  places: [
    {
      to: "/users",
      label: "identity:users.title",
      one: "identity:users.one",
      icon: UserCog,
      permission: "identity.users.update",
      key: "KeyU",
      resource: "identity.users",
    },
    {
      to: "/teams",
      label: "identity:teams.title",
      one: "identity:teams.one",
      icon: Network,
      permission: "identity.teams.update",
      key: "KeyT",
      resource: "identity.teams",
    },
    {
      to: "/roles",
      label: "identity:roles.title",
      one: "identity:roles.one",
      icon: ShieldCheck,
      permission: "identity.roles.list",
      key: "KeyR",
      resource: "identity.roles",
    },
    {
      to: "/access",
      label: "identity:access.title",
      icon: ShieldQuestion,
      permission: "identity.access.explain",
    },
    {
      to: "/api-keys",
      label: "identity:apiKeys.title",
      one: "identity:apiKeys.one",
      icon: KeyRound,
      permission: "identity.apiKeys.list",
      resource: "identity.apiKeys",
    },
    {
      to: "/sign-in-providers",
      label: "identity:oidcProviders.title",
      one: "identity:oidcProviders.one",
      icon: Waypoints,
      permission: "identity.oidcProviders.list",
      resource: "identity.oidcProviders",
    },
    {
      to: "/custom-fields",
      label: "identity:customFields.title",
      icon: SlidersHorizontal,
      permission: "contacts.customFields.create",
    },
    {
      to: "/audit",
      label: "identity:auditEntries.title",
      icon: ScrollText,
      permission: "identity.auditEntries.list",
    },
  ],
};
