import { useQuery, useQueryClient } from "@tanstack/react-query";
import { call, get, post } from "./client";
import { useMe } from "./me";
import type { components } from "./schema.gen";

/** What a saved view keeps of a list. */
export interface ViewState {
  filter?: string;
  orderBy?: string;
  q?: string;
  columns?: { shown: string[]; sizes: Record<string, number> };
}

export type View = Omit<components["schemas"]["View"], "state"> & {
  id: string;
  etag: string;
  state?: ViewState;
};

// A person's own come first.
const ownFirst = (views: View[], me: string | undefined) =>
  [...views].sort((a, b) => Number(b.ownerId === me) - Number(a.ownerId === me));

/** Returns the saved views of all lists that the person sees, theirs first. */
export function useAllViews(): View[] {
  const { may, user } = useMe();
  const { data } = useQuery({
    queryKey: ["views"],
    queryFn: () => get<{ views: View[] }>("/v1/views", { query: { pageSize: 200 } }),
    enabled: may("identity.views.list"),
    staleTime: 60_000,
    retry: false,
  });
  return ownFirst(data?.views ?? [], user?.id);
}

/** Returns the saved views of a list that the person sees, theirs first. */
export function useViews(resource: string) {
  const { may, user } = useMe();
  const query = useQuery({
    queryKey: ["views", resource],
    queryFn: () =>
      get<{ views: View[] }>("/v1/views", {
        query: { filter: `resource = "${resource}"`, pageSize: 200 },
      }),
    enabled: may("identity.views.list"),
    staleTime: 60_000,
    retry: false,
  });
  return { views: ownFirst(query.data?.views ?? [], user?.id), loaded: query.isFetched };
}

/** Returns what saves, changes and deletes views. */
export function useViewWrites(resource: string) {
  const queryClient = useQueryClient();
  const refresh = () => queryClient.invalidateQueries({ queryKey: ["views"] });
  return {
    create: async (name: string, audience: View["audience"], state: ViewState) => {
      const view = await post<View>("/v1/views", { name, resource, audience, state });
      await refresh();
      return view;
    },
    update: async (view: View, change: Partial<Pick<View, "name" | "audience" | "state">>) => {
      await call("PATCH", `/v1/views/${view.id}`, { body: change, etag: view.etag });
      await refresh();
    },
    remove: async (view: View) => {
      await call("DELETE", `/v1/views/${view.id}`, { etag: view.etag });
      await refresh();
    },
  };
}
