import { useEffect, useSyncExternalStore } from "react";

let crumb = "";
const listeners = new Set<() => void>();

function set(text: string): void {
  crumb = text;
  listeners.forEach((listener) => listener());
}

/** Returns the name of the record that is shown, for the top bar. */
export function useCrumb(): string {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => crumb,
  );
}

/** Names the record that is shown, in the top bar and in the browser's title. */
export function useTitle(title: string, isRecord = false): void {
  useEffect(() => {
    document.title = title ? `${title} · Wasl` : "Wasl";
    set(isRecord ? title : "");
    return () => set("");
  }, [title, isRecord]);
}
