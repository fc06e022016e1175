import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { get } from "@/api/client";
import type { RecordJson } from "@/api/resource";
import { RESOURCES } from "@/api/resources.gen";
import type { Localized } from "@/components/fields/useFields";
import { allPlaces } from "@/lib/places";
import type { Grant, Permission } from "./grants";

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
    queryFn: () => get<{ permissions: Permission[]; fieldGroups: FieldGroup[] }>("/v1/permissions"),
    staleTime: Infinity,
  });
  return { permissions: data?.permissions, fieldGroups: data?.fieldGroups, error };
}

const SERVICES = ["contacts", "sales", "reporting"];

/** Returns functions that name services, collections, verbs and fields in the person's language. */
export function useAccessNames() {
  const { t, i18n } = useTranslation(["identity", "common", ...SERVICES]);
  return useMemo(() => {
    const first = (keys: string[], fallback: string) => {
      const key = keys.find((one) => i18n.exists(one));
      return key ? t(key) : fallback;
    };
    const words = (name: string) => {
      const spaced = name.replace(/([A-Z])/g, (letter) => ` ${letter.toLowerCase()}`);
      return spaced.charAt(0).toUpperCase() + spaced.slice(1);
    };
    const collection = (key: string) => {
      const [service = "", name = ""] = key.split(".");
      const place = allPlaces().find((one) => one.resource === key);
      return first(
        [
          ...(place ? [place.label] : []),
          `identity:collection.${name}`,
          `${service}:${name}.title`,
        ],
        words(name),
      );
    };
    const fieldOf = (key: string, name: string) => {
      const [service = "", of = ""] = key.split(".");
      return first(
        [`${service}:fields.${of}.${name}`, `${service}:fields.${name}`, `common:fields.${name}`],
        words(name),
      );
    };
    return {
      service: (name: string) => first([`identity:service.${name}`, `${name}:title`], words(name)),
      collection,
      /** One record of a message, such as `Contact`. */
      thing: (message: string) => {
        const found = Object.values(RESOURCES).find((one) => one.message === message);
        const place = found && allPlaces().find((one) => one.resource === found.key);
        return first(
          [
            ...(place?.one ? [place.one] : []),
            `identity:thing.${message}`,
            ...(found ? [`${found.service}:${found.collection}.one`] : []),
          ],
          "",
        );
      },
      verb: (verb: string) => first([`identity:verb.${verb}`], words(verb)),
      /** The verb at the beginning of a line. */
      verbTitle: (verb: string) => {
        const name = first([`identity:verb.${verb}`], words(verb));
        return name.charAt(0).toUpperCase() + name.slice(1);
      },
      group: (name: string) => first([`identity:fieldGroup.${name.replace(".", "_")}`], name),
      fieldOf,
      /** A field with its collection, `sales.opportunities.amount`. */
      field: (path: string) => {
        const [service = "", of = "", name = ""] = path.split(".");
        const key = `${service}.${of}`;
        const label = fieldOf(key, name);
        return RESOURCES[key] ? `${collection(key)}: ${label}` : label;
      },
    };
  }, [t, i18n]);
}
