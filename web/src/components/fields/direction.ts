/**
 * Returns what makes the input of a Mantine field run as the text in it does, and as the page does
 * while there is none. Their own `dir` is that of the box around the input, which knows no text.
 */
export function directionOf(text: string | undefined) {
  return { attributes: { input: { dir: text ? "auto" : undefined } } };
}

/** Makes the input of a Mantine field run from left to right. */
export const LEFT_TO_RIGHT = { attributes: { input: { dir: "ltr" } } };
