import { OFFLINE, Problem } from "./problem";
import { traceparent } from "./trace";

type Query = Record<string, string | number | boolean | string[] | undefined>;

export interface Options {
  query?: Query;
  body?: unknown;
  /** The version the record must still have. */
  etag?: string;
  signal?: AbortSignal;
  /** Whether a missing session is the caller's own business, as on the sign-in page. */
  anonymous?: boolean;
}

let onSignedOut: () => void = () => undefined;

/** Says what happens when the API no longer knows the session. */
export function whenSignedOut(act: () => void): void {
  onSignedOut = act;
}

/** Returns a path of the API with its query. Empty values are left out. */
export function pathWith(path: string, query: Query = {}): string {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (Array.isArray(value)) value.forEach((one) => search.append(name, one));
    else if (value !== undefined && value !== "" && value !== false) {
      search.set(name, String(value));
    }
  }
  const text = search.toString();
  return text ? `${path}?${text}` : path;
}

/** Calls the API and returns its JSON. Throws Problem; every write may be sent again safely. */
export async function call<T>(method: string, path: string, options: Options = {}): Promise<T> {
  const headers: Record<string, string> = {
    Accept: "application/json",
    traceparent: traceparent(),
  };
  let body: BodyInit | undefined;
  if (options.body instanceof FormData) {
    body = options.body;
  } else if (options.body !== undefined) {
    headers["Content-Type"] = "application/json";
    body = JSON.stringify(options.body);
  }
  if (options.etag !== undefined) headers["If-Match"] = `"${options.etag}"`;
  if (method !== "GET") headers["Idempotency-Key"] = crypto.randomUUID();
  let answer: Response;
  try {
    answer = await fetch(pathWith(path, options.query), {
      method,
      headers,
      body,
      signal: options.signal,
      credentials: "same-origin",
    });
  } catch (error) {
    if (options.signal?.aborted) throw error;
    throw new Problem(0, { code: OFFLINE });
  }
  const json: unknown = await answer.json().catch(() => ({}));
  if (answer.ok) return json as T;
  if (answer.status === 401 && !options.anonymous) onSignedOut();
  throw new Problem(answer.status, json as object, Number(answer.headers.get("Retry-After") ?? 0));
}

export const get = <T>(path: string, options?: Options) => call<T>("GET", path, options);
export const post = <T>(path: string, body: unknown = {}, options?: Options) =>
  call<T>("POST", path, { ...options, body });
