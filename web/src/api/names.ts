import { useQuery } from "@tanstack/react-query";
import { fetchByIds } from "./records";
import { resourceOf, type RecordJson } from "./resource";

/** Returns what a person calls a record of any resource. */
export function nameOfRecord(record: RecordJson): string {
  const label = record.label as Record<string, string> | undefined;
  const localized = label?.[document.documentElement.lang] || label?.en;
  if (localized) return localized;
  for (const field of ["displayName", "name", "key", "email"]) {
    const value = record[field];
    if (typeof value === "string" && value) return value;
  }
  return record.id;
}

interface Waiting {
  ids: Map<string, ((name: string | null) => void)[]>;
}

const waiting = new Map<string, Waiting>();

// Many cells ask for names at the same time: they travel together.
function ask(resourceKey: string, id: string): Promise<string | null> {
  return new Promise((resolve, reject) => {
    let batch = waiting.get(resourceKey);
    if (!batch) {
      batch = { ids: new Map() };
      waiting.set(resourceKey, batch);
      setTimeout(() => void send(resourceKey).catch(reject), 10);
    }
    batch.ids.set(id, [...(batch.ids.get(id) ?? []), resolve]);
  });
}

async function send(resourceKey: string): Promise<void> {
  const batch = waiting.get(resourceKey);
  waiting.delete(resourceKey);
  if (!batch) return;
  const names = new Map<string, string>();
  try {
    const records = await fetchByIds(resourceOf(resourceKey), [...batch.ids.keys()]);
    for (const record of records) names.set(record.id, nameOfRecord(record));
  } finally {
    // What the person may not see has no name.
    for (const [id, tell] of batch.ids) tell.forEach((one) => one(names.get(id) ?? null));
  }
}

/** Returns the name of a record by its id; null when the person may not see it. */
export function useName(resourceKey: string | undefined, id: string | undefined) {
  return useQuery({
    queryKey: ["name", resourceKey, id, document.documentElement.lang],
    queryFn: () => ask(resourceKey as string, id as string),
    enabled: Boolean(resourceKey && id),
    staleTime: 5 * 60_000,
    retry: false,
  }).data;
}
