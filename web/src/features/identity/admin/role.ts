import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { get } from "@/api/client";
import type { RecordJson } from "@/api/resource";
import type { Localized } from "@/components/fields/useFields";
import { allPlaces } from "@/lib/places";
import type { Grant, Permission } from "../grants";

export interface Role extends RecordJson {
  key: string;
  label: Localized;
  description: Localized;
  grants: Grant[];
  hiddenFields: string[];
  builtIn: boolean;
}

export interface FieldGroup {
  name: string;
  fields: string[];
}

/** Returns everything that can be granted, and the groups of fields that can be hidden. */
export function usePermissions() {
  const { data, error } = useQuery({
    queryKey: ["permissions"],
    queryFn: () =>
      get<{ permissions: Permission[]; fieldGroups: FieldGroup[] }>("/v1/permissions"),
    staleTime: Infinity,
  });
  return { permissions: data?.permissions, fieldGroups: data?.fieldGroups, error };
}

/** Returns functions that name collections, verbs and field groups in the person's language. */
export function useAccessNames() {
  const { t, i18n } = useTranslation(["identity", "common", "contacts", "sales", "reporting"]);
  const first = (keys: string[], fallback: string) => {
    const key = keys.find((one) => i18n.exists(one));
    return key ? t(key) : fallback;
  };
  const words = (name: string) =>
    name.replace(/([A-Z])/g, (letter) => ` ${letter.toLowerCase()}`);
  return {
    service: (name: string) => first([`identity:service.${name}`, `${name}:title`], words(name)),
    collection: (key: string) => {
      const [service = "", collection = ""] = key.split(".");
      const place = allPlaces().find((one) => one.resource === key);
      return first(
        [
          ...(place ? [place.label] : []),
          `identity:collection.${collection}`,
          `${service}:${collection}.title`,
        ],
        words(collection),
      );
    },
    verb: (verb: string) => first([`identity:verb.${verb}`], words(verb)),
    group: (name: string) => first([`identity:fieldGroup.${name.replace(".", "_")}`], name),
  };
}
