// Only logical properties: what says left or right is wrong in one of the two directions.
// A line escapes with a reason: /* physical: escaped, because … */
import { readdir, readFile } from "node:fs/promises";

const PHYSICAL =
  /(^|[\s;{])((margin|padding|border|inset)-(left|right|top|bottom)|(left|right|top|bottom|width|height|(min|max)-(width|height)))[\w-]*\s*:|text-align:\s*(left|right)|float:\s*(left|right)|(margin|padding|inset):\s*\S+ \S+ \S+ \S+/;
const INLINE =
  /\b(marginLeft|marginRight|paddingLeft|paddingRight|borderLeft|borderRight|textAlign: ?"(left|right)"|\b(left|right):)\b/;
const ESCAPED = /physical: escaped, because \S/;

const root = new URL("../src/", import.meta.url);
let complaints = 0;
for (const entry of await readdir(root, { recursive: true })) {
  const isCss = entry.endsWith(".css");
  if (!isCss && !/(?<!\.gen)\.tsx?$/.test(entry)) continue;
  const lines = (await readFile(new URL(entry, root), "utf8")).split("\n");
  lines.forEach((line, index) => {
    const wrong = isCss ? PHYSICAL.test(line) && !line.includes("@media") : INLINE.test(line);
    if (!wrong || ESCAPED.test(line) || ESCAPED.test(lines[index - 1] ?? "")) return;
    complaints += 1;
    process.stderr.write(
      `src/${entry}:${index + 1}: a logical property belongs here: ${line.trim()}\n`,
    );
  });
}
process.exit(complaints ? 1 : 0);
