import { useEffect, useRef } from "react";

/** What a key does, by its place on the keyboard: `KeyK`, `Shift+Slash`, `Mod+KeyK`, `KeyG KeyC`. */
export type Bindings = Record<string, (event: KeyboardEvent) => void>;

const SEQUENCE_MS = 1000;
let first: { code: string; at: number } | undefined;
/** Those bound last are asked first, so that a dialog comes before the page below it. */
const layers: { current: Bindings }[] = [];

/** Whether keys belong to what is typed into. */
export function isTyping(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  if (target.isContentEditable || target.closest("[role=dialog], [role=menu], [role=listbox]")) {
    return true;
  }
  return /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName) && !isSwitch(target);
}

function isSwitch(target: HTMLElement): boolean {
  return target instanceof HTMLInputElement && /^(checkbox|radio)$/.test(target.type);
}

/** Returns the name of a key press by the physical key, whatever layout is on. */
export function nameOf(event: KeyboardEvent): string {
  const mod = event.ctrlKey || event.metaKey ? "Mod+" : "";
  return mod + (event.altKey ? "Alt+" : "") + (event.shiftKey ? "Shift+" : "") + event.code;
}

function onKey(event: KeyboardEvent): void {
  if (event.defaultPrevented || event.isComposing) return;
  const name = nameOf(event);
  if (isTyping(event.target) && !name.startsWith("Mod+")) return;
  const before = first && event.timeStamp - first.at < SEQUENCE_MS ? `${first.code} ${name}` : "";
  first = { code: name, at: event.timeStamp };
  for (const wanted of [before, name]) {
    for (const layer of [...layers].reverse()) {
      const act = wanted ? layer.current[wanted] : undefined;
      if (act) {
        event.preventDefault();
        first = undefined;
        act(event);
        return;
      }
    }
  }
}

/** Binds keys while a component is shown. They are off while somebody types. */
export function useKeys(bindings: Bindings): void {
  const layer = useRef(bindings);
  useEffect(() => {
    layer.current = bindings;
  });
  useEffect(() => {
    if (layers.length === 0) document.addEventListener("keydown", onKey);
    layers.push(layer);
    return () => {
      layers.splice(layers.indexOf(layer), 1);
      if (layers.length === 0) document.removeEventListener("keydown", onKey);
    };
  }, []);
}
