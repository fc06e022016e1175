import type { Field, FieldKind } from "@/api/resource";
import type { Operator } from "@/lib/filter";

const TEXT: Operator[] = ["contains", "is", "isNot", "begins", "filled", "empty"];
const NUMBER: Operator[] = ["is", "more", "atLeast", "less", "atMost", "filled", "empty"];
const DAY: Operator[] = ["period", "is", "more", "atLeast", "less", "atMost", "filled", "empty"];
const CHOICE: Operator[] = ["is", "isNot", "filled", "empty"];

const OPERATORS: Partial<Record<FieldKind, Operator[]>> = {
  text: TEXT,
  longText: TEXT,
  integer: NUMBER,
  number: NUMBER,
  money: NUMBER,
  date: DAY,
  time: ["period", "more", "less"],
  boolean: ["is"],
  enum: CHOICE,
  reference: CHOICE,
  tags: ["contains", "filled", "empty"],
  enums: ["contains", "filled", "empty"],
};

/** Returns the comparisons that the API has for a field; none when it cannot be filtered by. */
export function operatorsOf(field: Field): Operator[] {
  return OPERATORS[field.kind] ?? [];
}

/** Whether a comparison takes several values, any of which may hold. */
export function takesSeveral(field: Field, operator: Operator): boolean {
  return (
    (operator === "is" || operator === "isNot" || operator === "contains") &&
    (field.kind === "enum" ||
      field.kind === "reference" ||
      field.kind === "tags" ||
      field.kind === "enums")
  );
}

/** Whether a comparison takes no value at all. */
export function takesNone(operator: Operator): boolean {
  return operator === "filled" || operator === "empty";
}
