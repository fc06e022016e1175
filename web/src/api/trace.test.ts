import { afterEach, expect, test, vi } from "vitest";

// Where there is no browser: something that clicks can be told to.
const page = new EventTarget();
vi.stubGlobal("window", page);
const { traceparent } = await import("./trace");

const idOf = (header: string) => header.split("-")[1];

afterEach(() => vi.useRealTimers());

test("a traceparent is one of the standard, with a span of its own for each request", () => {
  const headers = Array.from({ length: 100 }, traceparent);
  for (const header of headers) expect(header).toMatch(/^00-[0-9a-f]{32}-[0-9a-f]{16}-00$/);
  expect(new Set(headers).size).toBe(100);
});

test("what one click sets off is one trace", () => {
  page.dispatchEvent(new Event("pointerdown"));
  const first = idOf(traceparent());
  expect(idOf(traceparent())).toBe(first);
  page.dispatchEvent(new Event("keydown"));
  expect(idOf(traceparent())).not.toBe(first);
});

test("what is asked long after a click is another trace", () => {
  vi.useFakeTimers();
  page.dispatchEvent(new Event("pointerdown"));
  const first = idOf(traceparent());
  vi.advanceTimersByTime(9_000);
  expect(idOf(traceparent())).toBe(first);
  vi.advanceTimersByTime(2_000);
  expect(idOf(traceparent())).not.toBe(first);
});
