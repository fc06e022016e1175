import { queryOptions, useQuery } from "@tanstack/react-query";
import { get } from "./client";
import type { components } from "./schema.gen";

export type User = components["schemas"]["User"];
export type Me = components["schemas"]["GetMeResponse"];

export const meQuery = queryOptions({
  queryKey: ["me"],
  queryFn: () => get<Me>("/v1/me"),
  staleTime: 60_000,
  retry: false,
});

/** Whether grants such as `contacts.*` open a permission. */
export function opens(grants: string[], permission: string): boolean {
  const steps = permission.split(".");
  return grants.some((grant) => {
    if (grant === "*" || grant === permission) return true;
    if (!grant.endsWith(".*")) return false;
    const start = grant.slice(0, -2).split(".");
    return start.every((step, index) => step === steps[index]);
  });
}

/** Returns the person who is signed in, and what they may do. */
export function useMe() {
  const { data } = useQuery(meQuery);
  const grants = grantNames(data);
  return {
    me: data,
    user: data?.user,
    may: (permission: string) => opens(grants, permission),
  };
}

/** Returns the person as far as they are known already; asks nobody, as on the sign-in page. */
export function useKnownUser(): User | undefined {
  return useQuery({ ...meQuery, enabled: false }).data?.user;
}

function grantNames(me: Me | undefined): string[] {
  // A grant is an object with its scope; a key of the command line may answer with its name alone.
  return (me?.grants ?? []).map((grant: unknown) =>
    typeof grant === "string" ? grant : ((grant as { permission?: string }).permission ?? ""),
  );
}
