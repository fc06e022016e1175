import { RESOURCES } from "./resources.gen";

/** What a field holds, and so how it is shown, typed in and filtered. */
export type FieldKind =
  | "id"
  | "text"
  | "longText"
  | "integer"
  | "number"
  | "money"
  | "date"
  | "time"
  | "boolean"
  | "enum"
  | "enums"
  | "reference"
  | "references"
  | "emails"
  | "phones"
  | "addresses"
  | "tags"
  | "localized"
  | "custom"
  | "message"
  | "messages";

/** One field of a resource, as OpenAPI or a custom field definition describes it. */
export interface Field {
  name: string;
  kind: FieldKind;
  readOnly?: boolean;
  required?: boolean;
  maxLength?: number;
  minimum?: number;
  maximum?: number;
  enumName?: string;
  values?: string[];
  /** Those of the values that may be chosen when it is edited; all when left out. */
  offered?: string[];
  reference?: string;
  message?: string;
  /** Labels of a custom field; other fields are named by the catalogues. */
  label?: string;
  /** Labels of the values of a custom choice. */
  valueLabels?: Record<string, string>;
}

/** A collection of the API that can be listed. */
export interface Resource {
  key: string;
  service: string;
  collection: string;
  singular: string;
  message: string;
  verbs: string[];
  fields: Field[];
}

/** A record of any resource: its JSON as the API sends it. */
export type RecordJson = { id: string; etag: string } & { [field: string]: unknown };

/** Returns the resource with a key such as `contacts.contacts`. Throws when there is none. */
export function resourceOf(key: string): Resource {
  const found = RESOURCES[key];
  if (!found) throw new Error(`There is no resource ${key}`);
  return found;
}

/** Returns the value at a field's path; custom fields are `customFields.<key>`. */
export function valueOf(record: RecordJson, name: string): unknown {
  if (!name.includes(".")) return record[name];
  return name
    .split(".")
    .reduce<unknown>(
      (value, step) =>
        value && typeof value === "object" ? (value as Record<string, unknown>)[step] : undefined,
      record,
    );
}

/** Returns the body of a PATCH that sets one field. */
export function patchOf(name: string, value: unknown): Record<string, unknown> {
  const [first, rest] = name.split(".", 2);
  return rest ? { [first as string]: { [rest]: value } } : { [name]: value };
}

/** Whether a value counts as nothing: empty text, list or message. */
export function isEmpty(value: unknown): boolean {
  if (value === undefined || value === null || value === "") return true;
  if (Array.isArray(value)) return value.length === 0;
  if (typeof value === "string") return value.endsWith("_UNSPECIFIED");
  return false;
}
