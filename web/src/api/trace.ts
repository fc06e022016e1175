// W3C trace context: what one click, key or step in the history sets off is one trace, so whoever
// runs Wasl can follow it through all services. Nothing is recorded here, and nothing stored.
// https://www.w3.org/TR/trace-context/

/** Milliseconds. What is asked later than this after a click was not asked because of it. */
const LONGEST = 10_000;

const hex = (bytes: number) =>
  Array.from(crypto.getRandomValues(new Uint8Array(bytes)), (byte) =>
    byte.toString(16).padStart(2, "0"),
  ).join("");

let trace = "";
let began = -Infinity;

function begin() {
  trace = "";
}

// Some of our modules are tested where there is no browser.
const page: Window | undefined = globalThis.window;
for (const happened of ["pointerdown", "pointerup", "keydown", "popstate"]) {
  page?.addEventListener(happened, begin, { capture: true, passive: true });
}

/** The `traceparent` of a request that is sent now. Whether it is recorded the gateway decides. */
export function traceparent(): string {
  const now = performance.now();
  if (!trace || now - began > LONGEST) {
    trace = hex(16);
    began = now;
  }
  return `00-${trace}-${hex(8)}-00`;
}
