import type { Field, RecordJson, Resource } from "@/api/resource";
import { RESOURCES } from "@/api/resources.gen";
import type { CustomField } from "@/components/fields/useFields";

/** A definition as the API sends it. */
export type Definition = CustomField & RecordJson;

export const TYPES = [
  "TEXT",
  "NUMBER",
  "MONEY",
  "DATE",
  "CHOICE",
  "MULTI_CHOICE",
  "CHECKBOX",
  "USER",
  "REFERENCE",
] as const;

/** Resources whose records can have fields of the customer. */
export function extensible(): Resource[] {
  return Object.values(RESOURCES).filter((one) =>
    one.fields.some((field) => field.kind === "custom" && field.name === "customFields"),
  );
}

/** Definitions live in each service, at an address of its own; this names their fields for dialogs. */
export const DEFINITION: Resource = {
  key: "identity.customFields",
  service: "identity",
  collection: "customFields",
  singular: "customField",
  message: "CustomField",
  verbs: [],
  fields: [],
};

export const CHANGEABLE: Field[] = [
  { name: "label", kind: "localized" },
  { name: "required", kind: "boolean" },
  { name: "choices", kind: "messages" },
];

/** Returns a key for a label: `Renewal date` becomes `renewalDate`. Empty where nothing is Latin. */
export function keyFrom(label: string): string {
  const words = label
    .normalize("NFKD")
    .replace(/[\u0300-\u036f]/g, "")
    .split(/[^A-Za-z0-9]+/)
    .filter(Boolean);
  const joined = words
    .map((word, index) =>
      index === 0 ? word.toLowerCase() : word.charAt(0).toUpperCase() + word.slice(1).toLowerCase(),
    )
    .join("")
    .replace(/^[0-9]+/, "");
  return joined.charAt(0).toLowerCase() + joined.slice(1, 50);
}

/** Whether a type has choices. */
export function hasChoices(type: string | undefined): boolean {
  return type === "CHOICE" || type === "MULTI_CHOICE";
}

/** Returns the choices that were filled in; one without a value takes it from its label. */
export function tidyChoices(choices: Definition["choices"]): NonNullable<Definition["choices"]> {
  return (choices ?? [])
    .map((choice) => {
      const label = choice.label;
      const value = choice.value?.trim() || label?.en || label?.fa || label?.ar || "";
      return { ...choice, value };
    })
    .filter((choice) => choice.value !== "");
}
