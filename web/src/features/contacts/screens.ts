import { resourceOf } from "@/api/resource";
import type { ScreenDefinition } from "@/components/list/definition";

export const CONTACTS: ScreenDefinition = {
  resource: resourceOf("contacts.contacts"),
  path: "/contacts",
  words: "contacts:contacts",
  titleField: "displayName",
  columns: ["companyId", "jobTitle", "emails", "phones", "lifecycleStage", "ownerId", "createTime"],
  sortable: ["displayName", "createTime", "updateTime"],
  createFields: ["givenName", "familyName", "companyId", "jobTitle", "emails", "phones"],
  groups: [
    {
      key: "about",
      fields: ["displayName", "givenName", "familyName", "honorific", "preferredLanguage"],
    },
    { key: "work", fields: ["companyId", "jobTitle", "lifecycleStage"] },
    { key: "reach", fields: ["emails", "phones", "addresses"] },
    { key: "record", fields: ["ownerId", "teamId", "tags", "notes"] },
  ],
};

export const COMPANIES: ScreenDefinition = {
  resource: resourceOf("contacts.companies"),
  path: "/companies",
  words: "contacts:companies",
  titleField: "name",
  columns: [
    "industry",
    "officeLocation",
    "employees",
    "revenue",
    "ownerId",
    "website",
    "createTime",
  ],
  sortable: ["name", "createTime", "updateTime"],
  createFields: ["name", "industry", "website", "officeLocation", "emails", "phones"],
  groups: [
    {
      key: "about",
      fields: ["name", "legalName", "industry", "website", "parentId", "officeLocation"],
    },
    { key: "figures", fields: ["revenue", "employees", "foundedYear"] },
    { key: "reach", fields: ["emails", "phones", "addresses"] },
    { key: "record", fields: ["ownerId", "teamId", "tags", "notes"] },
  ],
};
