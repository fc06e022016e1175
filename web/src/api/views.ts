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
  const views = [...(query.data?.views ?? [])].sort(
    (a, b) => Number(b.ownerId === user?.id) - Number(a.ownerId === user?.id),
  );
  return { views, loaded: query.isFetched };
}

/** Returns what saves, changes and deletes views. */
export function useViewWrites(resource: string) {
  const queryClient = useQueryClient();
  const refresh = () => queryClient.invalidateQueries({ queryKey: ["views", resource] });
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
