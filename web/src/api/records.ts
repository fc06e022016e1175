import {
  infiniteQueryOptions,
  useInfiniteQuery,
  useMutation,
  useQuery,
  useQueryClient,
  type InfiniteData,
  type QueryClient,
} from "@tanstack/react-query";
import { call, get, post } from "./client";
import type { RecordJson, Resource } from "./resource";

/** What is asked of a list. */
export interface ListQuery {
  q?: string;
  filter?: string;
  orderBy?: string;
}

interface Page {
  records: RecordJson[];
  nextPageToken: string;
}

const PAGE_SIZE = 100;
/** A filter may have 64 comparisons and 4 KiB. */
const IDS_AT_ONCE = 50;

/** Returns one page of a list. */
export async function fetchPage(
  resource: Resource,
  query: ListQuery & { pageSize?: number; pageToken?: string; countTotal?: boolean },
  signal?: AbortSignal,
): Promise<Page & { totalSize?: number }> {
  const answer = await get<Record<string, unknown>>(`/v1/${resource.collection}`, {
    query: { pageSize: PAGE_SIZE, ...query },
    signal,
  });
  return {
    records: answer[resource.collection] as RecordJson[],
    nextPageToken: (answer.nextPageToken as string | undefined) ?? "",
    totalSize: answer.totalSize === undefined ? undefined : Number(answer.totalSize),
  };
}

/** The query of a list, page after page. */
export function listQuery(resource: Resource, query: ListQuery) {
  return infiniteQueryOptions({
    queryKey: [resource.key, "list", query],
    queryFn: ({ pageParam, signal }) =>
      fetchPage(resource, { ...query, pageToken: pageParam }, signal),
    initialPageParam: "",
    getNextPageParam: (page) => page.nextPageToken || undefined,
  });
}

/** Returns the pages of a list that have been asked for so far. */
export function useRecords(resource: Resource, query: ListQuery) {
  return useInfiniteQuery({
    ...listQuery(resource, query),
    placeholderData: (previous) => previous,
  });
}

/** Returns how many records match. */
export function useTotal(resource: Resource, query: ListQuery) {
  return useQuery({
    queryKey: [resource.key, "total", query],
    queryFn: async ({ signal }) =>
      (await fetchPage(resource, { ...query, pageSize: 1, countTotal: true }, signal)).totalSize,
    placeholderData: (previous) => previous,
  });
}

/** Returns one record; what a list has shown of it is there at once. */
export function useRecord(resource: Resource, id: string | undefined) {
  const queryClient = useQueryClient();
  return useQuery<RecordJson>({
    queryKey: [resource.key, "record", id],
    queryFn: ({ signal }) => get<RecordJson>(`/v1/${resource.collection}/${id}`, { signal }),
    enabled: Boolean(id),
    placeholderData: () => (id ? inLists(queryClient, resource, id) : undefined),
  });
}

function inLists(queryClient: QueryClient, resource: Resource, id: string): RecordJson | undefined {
  const lists = queryClient.getQueriesData<InfiniteData<Page>>({
    queryKey: [resource.key, "list"],
  });
  for (const [, list] of lists) {
    for (const page of list?.pages ?? []) {
      const found = page.records.find((record) => record.id === id);
      if (found) return found;
    }
  }
  return undefined;
}

/** Writes a record into everything that shows it. */
export function putRecord(queryClient: QueryClient, resource: Resource, record: RecordJson): void {
  queryClient.setQueryData([resource.key, "record", record.id], record);
  const renewed = (page: Page): Page => ({
    ...page,
    records: page.records.map((one) => (one.id === record.id ? record : one)),
  });
  queryClient.setQueriesData<InfiniteData<Page>>(
    { queryKey: [resource.key, "list"] },
    (list) => list && { ...list, pages: list.pages.map(renewed) },
  );
  queryClient.setQueriesData<Page>(
    { queryKey: [resource.key, "page"] },
    (page) => page && renewed(page),
  );
}

interface Change {
  record: RecordJson;
  patch: Record<string, unknown>;
}

/** Merges a patch as the API does: messages field by field, everything else as a whole. */
export function merged(record: RecordJson, patch: Record<string, unknown>): RecordJson {
  const custom = patch.customFields as object | undefined;
  return {
    ...record,
    ...patch,
    ...(custom ? { customFields: { ...(record.customFields as object), ...custom } } : {}),
  };
}

/** Returns what changes fields of a record: shown at once, rolled back when it is refused. */
export function useUpdate(resource: Resource) {
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: ({ record, patch }: Change) =>
      call<RecordJson>("PATCH", `/v1/${resource.collection}/${record.id}`, {
        body: patch,
        etag: record.etag,
      }),
    onMutate: ({ record, patch }) => putRecord(queryClient, resource, merged(record, patch)),
    onError: (_error, { record }) => putRecord(queryClient, resource, record),
    onSuccess: (record) => putRecord(queryClient, resource, record),
  });
}

/** Returns what makes a record. */
export function useCreate(resource: Resource) {
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: (body: Record<string, unknown>) =>
      post<RecordJson>(`/v1/${resource.collection}`, body),
    onSuccess: (record) => {
      queryClient.setQueryData([resource.key, "record", record.id], record);
      return refreshLists(queryClient, resource);
    },
  });
}

/** Asks again for all lists and counts of a resource. */
export async function refreshLists(queryClient: QueryClient, resource: Resource): Promise<void> {
  await Promise.all([
    queryClient.invalidateQueries({ queryKey: [resource.key, "list"] }),
    queryClient.invalidateQueries({ queryKey: [resource.key, "page"] }),
    queryClient.invalidateQueries({ queryKey: [resource.key, "total"] }),
  ]);
}

/** Deletes records one by one; returns those that the API refused with the first reason. */
export async function deleteRecords(
  resource: Resource,
  records: RecordJson[],
): Promise<{ deleted: RecordJson[]; error?: unknown }> {
  return oneByOne(records, (record) =>
    call("DELETE", `/v1/${resource.collection}/${record.id}`, { etag: record.etag }),
  ).then(({ done, error }) => ({ deleted: done, error }));
}

/** Brings deleted records back. */
export async function undeleteRecords(resource: Resource, records: RecordJson[]): Promise<void> {
  const { error } = await oneByOne(records, (record) =>
    post(`/v1/${resource.collection}/${record.id}:undelete`),
  );
  if (error) throw error;
}

/** Acts on each record, a few at a time; what fails does not stop the others. */
export async function oneByOne(
  records: RecordJson[],
  act: (record: RecordJson) => Promise<unknown>,
  onProgress: (count: number) => void = () => undefined,
): Promise<{ done: RecordJson[]; error?: unknown }> {
  const waiting = [...records];
  const done: RecordJson[] = [];
  let error: unknown;
  let finished = 0;
  async function work() {
    for (let record = waiting.shift(); record; record = waiting.shift()) {
      try {
        await act(record);
        done.push(record);
      } catch (refused) {
        error ??= refused;
      }
      onProgress(++finished);
    }
  }
  await Promise.all(Array.from({ length: 4 }, work));
  return { done, error };
}

/** Returns the records with these ids that the person may see; others are left out. */
export async function fetchByIds(resource: Resource, ids: string[]): Promise<RecordJson[]> {
  const found: RecordJson[] = [];
  for (let start = 0; start < ids.length; start += IDS_AT_ONCE) {
    const some = ids.slice(start, start + IDS_AT_ONCE);
    const filter = some.map((id) => `id = "${id}"`).join(" OR ");
    found.push(...(await fetchPage(resource, { filter, pageSize: some.length })).records);
  }
  return found;
}
