import type { Field } from "@/api/resource";

/** Something that a column of a file can fill. */
export interface Target {
  /** The path as the API takes it, such as `emails.address`. */
  path: string;
  label: string;
  /** The natural key that the column holds, where the field refers to a record. */
  lookup?: string;
}

const PARTS: Partial<Record<Field["kind"], string[]>> = {
  money: ["amount", "currency"],
  emails: ["address"],
  phones: ["number"],
  addresses: ["street", "city", "region", "postalCode", "countryCode"],
};

/** The natural key by which people name records of other resources in files. */
const LOOKUPS: Record<string, string> = {
  "identity.users": "name",
  "identity.teams": "name",
  "contacts.companies": "name",
  "contacts.contacts": "email",
  "sales.pipelines": "name",
  "sales.products": "name",
};

interface Words {
  label: (field: Field) => string;
  part: (name: string) => string;
}

/** Returns what the columns of a file can fill, with their names in the person's language. */
export function targetsOf(fields: Field[], words: Words): Target[] {
  return fields
    .filter((field) => !field.readOnly && field.kind !== "message" && field.name !== "id")
    .flatMap((field): Target[] => {
      const label = words.label(field);
      if (field.kind === "messages") {
        return field.name === "productLines"
          ? [{ path: "productLines.productId", label, lookup: "name" }]
          : [];
      }
      const parts = PARTS[field.kind];
      if (parts) {
        return parts.map((part, index) => ({
          path: `${field.name}.${part}`,
          label:
            index === 0 && field.kind !== "addresses" ? label : `${label}: ${words.part(part)}`,
        }));
      }
      const lookup = field.name === "stageId" ? "name" : LOOKUPS[field.reference ?? ""];
      return [{ path: field.name, label, lookup }];
    });
}
