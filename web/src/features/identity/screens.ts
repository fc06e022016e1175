import { resourceOf } from "@/api/resource";
import type { ScreenDefinition } from "@/components/list/definition";

export const USERS: ScreenDefinition = {
  resource: resourceOf("identity.users"),
  path: "/users",
  words: "identity:users",
  titleField: "displayName",
  columns: ["email", "state", "teamId", "roleIds", "secondFactor", "locale", "createTime"],
  sortable: ["displayName", "createTime", "updateTime"],
  createFields: ["email", "displayName", "teamId", "roleIds", "locale"],
  overrides: { locale: { kind: "enum", enumName: "Locale", values: ["en", "ar", "fa"] } },
  groups: [
    { key: "about", fields: ["displayName", "email", "state", "secondFactor"] },
    { key: "work", fields: ["teamId", "moreTeamIds", "roleIds"] },
    { key: "preferences", fields: ["locale", "calendar", "digits", "timeZone"] },
  ],
};

export const TEAMS: ScreenDefinition = {
  resource: resourceOf("identity.teams"),
  path: "/teams",
  words: "identity:teams",
  titleField: "name",
  columns: ["parentId", "managerId", "region", "createTime"],
  sortable: ["name", "createTime", "updateTime"],
  createFields: ["name", "parentId", "managerId", "region"],
  groups: [{ key: "about", fields: ["name", "parentId", "managerId", "region"] }],
};
