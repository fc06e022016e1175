import type { ReactNode } from "react";
import type { Field, RecordJson, Resource } from "@/api/resource";

/** What is special about the screens of one resource; everything else follows from its fields. */
export interface ScreenDefinition {
  resource: Resource;
  /** The place it lives at, such as `/contacts`. */
  path: string;
  /** The catalogue and the part of it with `title`, `one`, `create` and `empty`. */
  words: string;
  /** The field that names a record. */
  titleField: string;
  /** The columns before a person chooses. */
  columns: string[];
  /** Fields by which the API can sort. */
  sortable: string[];
  /** Fields that the API cannot filter by. */
  unfilterable?: string[];
  /** The fields of the dialog that makes one; six at most. */
  createFields: string[];
  /** The fields of the start column of a record, in groups. */
  groups: { key: string; fields: string[] }[];
  /** The field of a new record that is shown once and never again, such as the secret of a key. */
  shownOnce?: string;
  /** What is known of fields beyond OpenAPI, such as the stages of a deal. */
  overrides?: Record<string, Partial<Field>>;
  /** Draws a field in its own way; undefined leaves it to the kind of the field. */
  renderValue?: (record: RecordJson, field: Field) => ReactNode | undefined;
  /** Says why a field of this record cannot be edited here. */
  readOnly?: (record: RecordJson, field: Field) => boolean;
}
