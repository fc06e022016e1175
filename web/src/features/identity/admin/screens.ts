import { resourceOf, type RecordJson } from "@/api/resource";
import type { ScreenDefinition } from "@/components/list/definition";

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
  overrides: { secret: { kind: "custom" } },
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
};

export const ROLES: ScreenDefinition = {
  resource: resourceOf("identity.roles"),
  path: "/roles",
  words: "identity:roles",
  titleField: "label",
  columns: ["description", "builtIn", "updateTime"],
  sortable: ["key", "createTime", "updateTime"],
  unfilterable: ["grants", "label", "description", "hiddenFields"],
  createFields: ["label", "description", "key"],
  groups: [{ key: "role", fields: ["label", "description", "key", "builtIn"] }],
  // They are chosen below, where each group tells what it hides.
  overrides: { hiddenFields: { kind: "custom" } },
  readOnly: (record) => record.builtIn === true,
};
