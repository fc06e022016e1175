import { useMe } from "@/api/me";
import type { Workspace } from "@/lib/places";
import { WORKSPACES } from "./workspaces";

/** Returns the workspaces and pages that the person's grants open. */
export function useOpenWorkspaces(): Workspace[] {
  const { may } = useMe();
  return WORKSPACES.map((workspace) => ({
    ...workspace,
    places: workspace.places.filter((place) => may(place.permission)),
  })).filter((workspace) => workspace.places.length > 0);
}
