// @vitest-environment jsdom
import { describe, expect, it } from "vitest";
import { isTyping, nameOf } from "./keys";

describe("keys", () => {
  it("are known by their place, whatever layout is on", () => {
    const persian = new KeyboardEvent("keydown", { code: "KeyJ", key: "ت" });
    expect(nameOf(persian)).toBe("KeyJ");
    const palette = new KeyboardEvent("keydown", { code: "KeyK", key: "ن", ctrlKey: true });
    expect(nameOf(palette)).toBe("Mod+KeyK");
  });

  it("are off while somebody types", () => {
    const input = document.createElement("input");
    const checkbox = Object.assign(document.createElement("input"), { type: "checkbox" });
    expect(isTyping(input)).toBe(true);
    expect(isTyping(checkbox)).toBe(false);
    expect(isTyping(document.body)).toBe(false);
  });
});
