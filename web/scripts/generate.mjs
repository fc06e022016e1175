// Turns the OpenAPI document into what the front end is built on:
//   src/api/schema.gen.ts     the types of every message and call
//   src/api/resources.gen.ts  each resource with its fields, for tables, forms and filters
import { mkdir, readFile, writeFile } from "node:fs/promises";
import openapiTS, { astToString } from "openapi-typescript";

const source = new URL("../../gen/openapi.json", import.meta.url);
const target = new URL("../src/api/", import.meta.url);
const document = JSON.parse(await readFile(source, "utf8"));
const schemas = document.components.schemas;

const LISTS = { EmailAddress: "emails", PhoneNumber: "phones", PostalAddress: "addresses" };
const DAY = "[0-9]{4}-[0-9]{2}-[0-9]{2}";

function named(schema) {
  const found = schema?.$ref ?? schema?.anyOf?.find((one) => one.$ref)?.$ref;
  return found ? found.split("/").pop() : undefined;
}

function single(collection) {
  if (collection.endsWith("ies")) return `${collection.slice(0, -3)}y`;
  return collection.replace(/s$/, "");
}

// Collections that can be listed, by the name of their message: `Contact` is `contacts.contacts`.
const byMessage = new Map();
for (const [path, item] of Object.entries(document.paths)) {
  const list = item.get?.["x-wasl-permission"];
  const collection = path.split("/").pop();
  if (!list?.endsWith(".list") || path !== `/v1/${collection}`) continue;
  const answer = named(item.get.responses["200"].content["application/json"].schema);
  const message = named(schemas[answer].properties[collection]?.items);
  if (message) byMessage.set(message, { service: list.split(".")[0], collection });
}
const listable = new Set([...byMessage.values()].map((one) => `${one.service}.${one.collection}`));

// What a field points to, where that can be listed: stages live within their pipeline.
function referenceOf(schema) {
  const to = schema["x-wasl-reference"];
  return listable.has(to) ? to : undefined;
}

function kindOf(name, output, input) {
  const type = [output.type].flat()[0];
  const message = named(output);
  if (name === "customFields" && !message) return { kind: "custom" };
  if (message === "Money") return { kind: "money" };
  if (message === "LocalizedText") return { kind: "localized" };
  if (message && schemas[message].enum) {
    const values = schemas[message].enum.filter((one) => !one.endsWith("UNSPECIFIED"));
    return { kind: "enum", enumName: message, values };
  }
  if (type === "array") {
    const items = named(output.items);
    if (LISTS[items]) return { kind: LISTS[items] };
    if (items && schemas[items].enum) {
      const values = schemas[items].enum.filter((one) => !one.endsWith("UNSPECIFIED"));
      return { kind: "enums", enumName: items, values };
    }
    if (items) return { kind: "messages", message: items };
    const to = referenceOf(output);
    return to ? { kind: "references", reference: to } : { kind: "tags" };
  }
  if (message) return { kind: "message", message };
  if (output.format === "date-time") return { kind: "time" };
  if (type === "boolean") return { kind: "boolean" };
  if (type === "integer") return { kind: "integer" };
  if (type === "number") return { kind: "number" };
  const to = referenceOf(output);
  if (to) return { kind: "reference", reference: to };
  if (output["x-wasl-reference"]) return { kind: "id" };
  if (input?.pattern?.includes(DAY)) return { kind: "date" };
  if ((input?.maxLength ?? 0) >= 2000) return { kind: "longText" };
  return { kind: name === "id" ? "id" : "text" };
}

const resources = {};
for (const [message, { service, collection }] of byMessage) {
  const output = schemas[message].properties;
  const input = schemas[`${message}Input`]?.properties ?? {};
  const required = new Set(schemas[`${message}Input`]?.required ?? []);
  const verbs = {};
  for (const [path, item] of Object.entries(document.paths)) {
    if (!new RegExp(`^/v1/${collection}([/:]|$)`).test(path)) continue;
    for (const operation of Object.values(item)) {
      const permission = operation["x-wasl-permission"];
      if (permission?.startsWith(`${service}.${collection}.`)) {
        verbs[permission.split(".")[2]] = permission;
      }
    }
  }
  const fields = Object.entries(output)
    .filter(([name]) => name !== "etag")
    .map(([name, schema]) => {
      const given = input[name];
      const field = { name, ...kindOf(name, schema, given) };
      if (schema.readOnly || !given) field.readOnly = true;
      if (required.has(name)) field.required = true;
      if (given?.maxLength) field.maxLength = given.maxLength;
      if (given?.minimum !== undefined) field.minimum = given.minimum;
      if (given?.maximum !== undefined) field.maximum = given.maximum;
      return field;
    });
  resources[`${service}.${collection}`] = {
    key: `${service}.${collection}`,
    service,
    collection,
    singular: single(collection),
    message,
    verbs: Object.keys(verbs).sort(),
    fields,
  };
}

await mkdir(target, { recursive: true });
const types = await openapiTS(document, { emptyObjectsUnknown: true });
await writeFile(new URL("schema.gen.ts", target), astToString(types));
await writeFile(
  new URL("resources.gen.ts", target),
  `import type { Resource } from "./resource";\n\n` +
    `export const RESOURCES: Record<string, Resource> = ${JSON.stringify(resources, null, 1)};\n`,
);
