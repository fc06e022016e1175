import { Network, UserCog } from "lucide-react";
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
      // Everybody may see who works here; the directory is for those who look after it.
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
  ],
};
