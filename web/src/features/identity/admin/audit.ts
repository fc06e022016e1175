import { dayAfter, startOfDay } from "@/lib/calendar";
import { quoted } from "@/lib/filter";
import type { Preferences } from "@/lib/preferences";

/** What is asked of the audit log, as the address keeps it. */
export interface AuditSearch {
  user?: string;
  /** Days of the wire, both included. */
  from?: string;
  to?: string;
  resource?: string;
  record?: string;
  outcome?: "done" | "refused";
  entry?: string;
}

/** One record that changed: fields as JSON, before and after. */
export interface Change {
  resource: string;
  recordId: string;
  verb: string;
  before: string;
  after: string;
}

export interface AuditEntry {
  id: string;
  time: string;
  userId: string;
  credential: string;
  method: string;
  service: string;
  outcome: string;
  address: string;
  userAgent: string;
  requestId: string;
  subject: string;
  changes: Change[];
  day: string;
  number: string;
  hash: string;
}

/** Returns the filter of the API; days are days of the person's time zone. */
export function auditFilter(search: AuditSearch, preferences: Preferences): string {
  const { user, from, to, resource, record, outcome } = search;
  return [
    user && `userId = ${quoted(user)}`,
    from && `time >= ${quoted(startOfDay(preferences, from))}`,
    to && `time < ${quoted(startOfDay(preferences, dayAfter(to)))}`,
    resource && `resource = ${quoted(resource)}`,
    record && `recordId = ${quoted(record.trim())}`,
    outcome && `outcome ${outcome === "done" ? "=" : "!="} "OK"`,
  ]
    .filter(Boolean)
    .join(" AND ");
}

/** A field of a change, before and after. */
export interface FieldDifference {
  field: string;
  before: unknown;
  after: unknown;
}

/** Returns the fields of a change; those that were not told are undefined. */
export function differences(change: Change): FieldDifference[] {
  const before = read(change.before);
  const after = read(change.after);
  return [...new Set([...Object.keys(before), ...Object.keys(after)])].map((field) => ({
    field,
    before: before[field],
    after: after[field],
  }));
}

function read(text: string): Record<string, unknown> {
  try {
    const found: unknown = JSON.parse(text || "{}");
    return found && typeof found === "object" ? (found as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}

/** Returns the verb and the thing of a method: `UpdateContact` is `update` and `Contact`. */
export function partsOfMethod(method: string): { verb: string; thing: string } {
  const [, verb = method, thing = ""] = /^([A-Z][a-z]+)(.*)$/.exec(method) ?? [];
  const single = thing.endsWith("ies") ? `${thing.slice(0, -3)}y` : thing.replace(/s$/, "");
  const many = ["Import", "Export", "List"].includes(verb);
  return { verb: verb.charAt(0).toLowerCase() + verb.slice(1), thing: many ? single : thing };
}
