import type { LucideIcon } from "lucide-react";

/** A page that the side bar, the palette and the keyboard lead to. */
export interface Place {
  /** The address, such as `/contacts`. */
  to: string;
  /** The key of its name in a catalogue, such as `contacts:contacts.title`. */
  label: string;
  icon: LucideIcon;
  /** The permission that opens it. */
  permission: string;
  /** The key after `g` that leads here, as `KeyboardEvent.code`. */
  key?: string;
  /** The resource that it lists; its records live at `<to>/<id>`. */
  resource?: string;
  /** The name of one of its records, for "New: …". */
  one?: string;
}

/** What one department works in. A person sees those that a grant opens. */
export interface Workspace {
  key: string;
  label: string;
  places: Place[];
}

let known: Workspace[] = [];

/** Tells the shared parts where things are; called once, before the first screen. */
export function setPlaces(workspaces: Workspace[]): void {
  known = workspaces;
}

export function allPlaces(): Place[] {
  return known.flatMap((workspace) => workspace.places);
}

/** Returns the page of a record, or undefined where its resource has none. */
export function pathOfRecord(resource: string, id: string): string | undefined {
  const place = allPlaces().find((one) => one.resource === resource && one.one);
  return place && id ? `${place.to}/${id}` : undefined;
}
