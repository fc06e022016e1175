import { resourceOf, type RecordJson } from "@/api/resource";
import type { ScreenDefinition } from "@/components/list/definition";

export const USERS: ScreenDefinition = {
  resource: resourceOf("identity.users"),
  path: "/users",
  words: "identity:users",
  titleField: "displayName",
  columns: ["email", "teamId", "roleIds", "state", "secondFactor", "createTime"],
  sortable: ["displayName", "createTime", "updateTime"],
  unfilterable: ["secondFactor"],
  createFields: ["displayName", "email", "teamId", "roleIds", "locale"],
  groups: [
    { key: "profile", fields: ["displayName", "email", "state", "secondFactor"] },
    { key: "work", fields: ["teamId", "moreTeamIds", "roleIds"] },
    {
      key: "preferences",
      fields: ["locale", "calendar", "digits", "timeZone", "firstDayOfWeek", "weekend"],
    },
  ],
  overrides: {
    moreTeamIds: { kind: "references", reference: "identity.teams" },
    locale: { kind: "enum", values: ["en", "ar", "fa"], enumName: "Locale" },
  },
};

export const TEAMS: ScreenDefinition = {
  resource: resourceOf("identity.teams"),
  path: "/teams",
  words: "identity:teams",
  titleField: "name",
  columns: ["parentId", "managerId", "region", "createTime"],
  sortable: ["name", "createTime", "updateTime"],
  createFields: ["name", "parentId", "managerId", "region"],
  groups: [{ key: "team", fields: ["name", "parentId", "managerId", "region"] }],
};

export const API_KEYS: ScreenDefinition = {
  resource: resourceOf("identity.apiKeys"),
  path: "/api-keys",
  words: "identity:apiKeys",
  titleField: "displayName",
  columns: ["userId", "roleIds", "expireTime", "lastUseTime", "createTime"],
  sortable: ["createTime", "updateTime"],
  unfilterable: ["secret"],
  createFields: ["displayName", "userId", "roleIds", "expireTime"],
  shownOnce: "secret",
  groups: [
    { key: "key", fields: ["displayName", "userId", "roleIds", "expireTime", "lastUseTime"] },
  ],
  readOnly: (_record: RecordJson, field) => field.name === "userId",
};

export const PROVIDERS: ScreenDefinition = {
  resource: resourceOf("identity.oidcProviders"),
  path: "/sign-in-providers",
  words: "identity:oidcProviders",
  titleField: "displayName",
  columns: ["issuer", "clientId", "enabled", "createsUsers", "updateTime"],
  sortable: ["createTime", "updateTime"],
  unfilterable: ["clientSecret"],
  createFields: ["displayName", "issuer", "clientId", "clientSecret", "createsUsers", "enabled"],
  groups: [
    {
      key: "provider",
      fields: ["displayName", "issuer", "clientId", "clientSecret", "enabled"],
    },
    { key: "people", fields: ["createsUsers", "groupsClaim", "scopes"] },
  ],
  overrides: { clientId: { kind: "text" }, clientSecret: { kind: "text" } },
};

export const ROLES: ScreenDefinition = {
  resource: resourceOf("identity.roles"),
  path: "/roles",
  words: "identity:roles",
  titleField: "key",
  columns: ["label", "description", "builtIn", "updateTime"],
  sortable: ["createTime", "updateTime"],
  unfilterable: ["grants", "label", "description"],
  createFields: ["key", "label", "description"],
  groups: [{ key: "role", fields: ["key", "label", "description", "builtIn"] }],
  readOnly: (record) => record.builtIn === true,
};
