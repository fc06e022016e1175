import { describe, expect, it } from "vitest";

const FILES = import.meta.glob<{ default: Record<string, unknown> }>("./*/*.json", { eager: true });
const PLURALS = /_(zero|one|two|few|many|other)$/;

function keys(value: Record<string, unknown>, path = ""): string[] {
  return Object.entries(value).flatMap(([name, inner]) =>
    typeof inner === "string"
      ? [path + name]
      : keys(inner as Record<string, unknown>, `${path}${name}.`),
  );
}

function catalogue(language: string, namespace: string): Record<string, unknown> {
  return FILES[`./${language}/${namespace}.json`]?.default ?? {};
}

const NAMESPACES = Object.keys(FILES)
  .filter((path) => path.startsWith("./en/"))
  .map((path) => path.slice(5, -5));

describe.each(NAMESPACES)("the catalogue %s", (namespace) => {
  it.each(["ar", "fa"])("says everything in %s that it says in English", (language) => {
    const plain = (found: string[]) => new Set(found.map((key) => key.replace(PLURALS, "")));
    expect(plain(keys(catalogue(language, namespace)))).toEqual(
      plain(keys(catalogue("en", namespace))),
    );
  });

  it("has the six plural forms of Arabic", () => {
    const found = keys(catalogue("ar", namespace));
    const counted = new Set(
      found.filter((key) => PLURALS.test(key)).map((key) => key.replace(PLURALS, "")),
    );
    for (const key of counted) {
      for (const form of ["zero", "one", "two", "few", "many", "other"]) {
        expect(found).toContain(`${key}_${form}`);
      }
    }
  });

  it("keeps the variables of its sentences", () => {
    const variables = (text: string) =>
      new Set(text.match(/\{\{\w+\}\}/g)?.filter((one) => one !== "{{count}}"));
    const text = (language: string, key: string) =>
      key
        .split(".")
        .reduce<unknown>(
          (value, step) => (value as Record<string, unknown>)[step],
          catalogue(language, namespace),
        ) as string;
    for (const key of keys(catalogue("en", namespace)).filter((one) => !PLURALS.test(one))) {
      expect([key, variables(text("ar", key))]).toEqual([key, variables(text("en", key))]);
      expect([key, variables(text("fa", key))]).toEqual([key, variables(text("en", key))]);
    }
  });
});
