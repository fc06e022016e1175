import { useMemo } from "react";
import { useMe } from "@/api/me";
import type { Field } from "@/api/resource";
import { dayAfter, daysOf, startOfDay } from "@/lib/calendar";
import { resolveFilter } from "@/lib/filter";
import { useFormat } from "../preferences";

/** Returns a filter as the API takes it: what is relative to today and to the person is spelled out. */
export function useResolved(filter: string, fields: Field[]): string {
  const { preferences } = useFormat();
  const { user } = useMe();
  return useMemo(
    () =>
      resolveFilter(filter, {
        me: user?.id ?? "",
        period: (name) => daysOf(name, preferences),
        isTime: (name) => fields.find((field) => field.name === name)?.kind === "time",
        startOf: (day) => startOfDay(preferences, day),
        dayAfter,
      }),
    [filter, fields, preferences, user?.id],
  );
}
