import { useQueries, useQuery, useQueryClient } from "@tanstack/react-query";
import { get, post } from "./client";
import type { components } from "./schema.gen";

export type Job = components["schemas"]["Job"];

export function isRunning(job: Job | undefined): boolean {
  return job?.state === "QUEUED" || job?.state === "RUNNING";
}

/** Returns a job, asked for again every second while it runs. */
export function useJob(service: string, id: string | undefined) {
  return useQuery({
    queryKey: ["job", service, id],
    queryFn: ({ signal }) => get<Job>(`/v1/${service}/jobs/${id}`, { signal }),
    enabled: Boolean(id),
    refetchInterval: (query) => (isRunning(query.state.data) ? 1000 : false),
  });
}

/** Returns the latest jobs of the services that the person may ask. */
export function useJobs(services: string[]) {
  const answers = useQueries({
    queries: services.map((service) => ({
      queryKey: ["jobs", service],
      queryFn: () => get<{ jobs: Job[] }>(`/v1/${service}/jobs`, { query: { pageSize: 10 } }),
      refetchInterval: (query: { state: { data?: { jobs: Job[] } } }) =>
        query.state.data?.jobs.some(isRunning) ? 2000 : 60_000,
    })),
  });
  return answers
    .flatMap((answer, index) =>
      (answer.data?.jobs ?? []).map((job) => ({ ...job, service: services[index] as string })),
    )
    .sort((a, b) => (b.createTime ?? "").localeCompare(a.createTime ?? ""));
}

/** Returns what stops a job; what it has written stays. */
export function useCancelJob() {
  const queryClient = useQueryClient();
  return async (service: string, id: string) => {
    await post(`/v1/${service}/jobs/${id}:cancel`);
    await Promise.all([
      queryClient.invalidateQueries({ queryKey: ["job", service, id] }),
      queryClient.invalidateQueries({ queryKey: ["jobs", service] }),
    ]);
  };
}
