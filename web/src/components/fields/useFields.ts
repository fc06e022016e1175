import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { get } from "@/api/client";
import type { Field, FieldKind, Resource } from "@/api/resource";
import type { components } from "@/api/schema.gen";
import { useMe } from "@/api/me";

export type CustomField = components["schemas"]["CustomField"];
export type Localized = components["schemas"]["LocalizedText"] | undefined;

const CUSTOM_KINDS: Record<string, FieldKind> = {
  TEXT: "text",
  NUMBER: "number",
  MONEY: "money",
  DATE: "date",
  CHOICE: "enum",
  MULTI_CHOICE: "enums",
  CHECKBOX: "boolean",
  USER: "reference",
  REFERENCE: "reference",
};

/** Returns a label in a language; it falls back to English, then to what it names. */
export function localized(text: Localized, language: string, fallback: string): string {
  return text?.[language as "en" | "ar" | "fa"] || text?.en || fallback;
}

/** Returns the fields of a resource, those of OpenAPI and then those that the customer has added. */
export function useFields(resource: Resource, overrides?: Record<string, Partial<Field>>): Field[] {
  const { i18n } = useTranslation();
  const { may } = useMe();
  const { data } = useQuery({
    queryKey: ["customFields", resource.service, resource.collection],
    queryFn: () =>
      get<{ customFields: CustomField[] }>(`/v1/${resource.service}/customFields`, {
        query: { filter: `resource = "${resource.collection}"`, pageSize: 1000 },
      }),
    enabled:
      resource.fields.some((field) => field.kind === "custom") &&
      may(`${resource.service}.customFields.list`),
    staleTime: 5 * 60_000,
    retry: false,
  });
  return useMemo(
    () => [
      ...resource.fields
        .filter((field) => field.kind !== "custom")
        .map((field) => ({ ...field, ...overrides?.[field.name] })),
      ...(data?.customFields ?? []).map((one) => fromDefinition(one, i18n.language)),
    ],
    [resource, overrides, data, i18n.language],
  );
}

/** Returns the field that a definition of a customer makes, labelled in a language. */
export function fromDefinition(custom: CustomField, language: string): Field {
  const choices = custom.choices ?? [];
  return {
    name: `customFields.${custom.key}`,
    kind: CUSTOM_KINDS[custom.type ?? ""] ?? "text",
    label: localized(custom.label, language, custom.key ?? ""),
    required: custom.required,
    maxLength: 4000,
    reference: custom.type === "USER" ? "identity.users" : custom.reference || undefined,
    values: choices.map((choice) => choice.value ?? ""),
    valueLabels: Object.fromEntries(
      choices.map((choice) => [
        choice.value ?? "",
        localized(choice.label, language, choice.value ?? ""),
      ]),
    ),
  };
}

/** Returns functions that name fields and values in the person's language. */
export function useLabels(resource: Resource) {
  const { t, i18n } = useTranslation(["common", resource.service]);
  const first = (keys: string[], fallback: string) => {
    const key = keys.find((one) => i18n.exists(one));
    return key ? t(key) : fallback;
  };
  const words = (name: string) =>
    name.replace(/([A-Z])/g, (letter) => ` ${letter.toLowerCase()}`).replace(/ id$/, "");
  return {
    label: (field: Field) =>
      field.label ??
      first(
        [
          `${resource.service}:fields.${resource.collection}.${field.name}`,
          `${resource.service}:fields.${field.name}`,
          `common:fields.${field.name}`,
        ],
        words(field.name),
      ),
    valueLabel: (field: Field, value: string) =>
      field.valueLabels?.[value] ??
      first(
        [
          `${resource.service}:enums.${field.enumName}.${value}`,
          `common:enums.${field.enumName}.${value}`,
        ],
        value,
      ),
  };
}
