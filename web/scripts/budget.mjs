// What a browser has to load before the contact list works, in gzip; more than the budget fails.
import { readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";

const BUDGET_KB = 300;
const dist = new URL("../dist/", import.meta.url);
const manifest = JSON.parse(readFileSync(new URL(".vite/manifest.json", dist), "utf8"));
const files = new Set();

function add(key) {
  const chunk = manifest[key];
  if (!chunk || files.has(chunk.file)) return;
  files.add(chunk.file);
  for (const imported of chunk.imports ?? []) add(imported);
}

const first = Object.keys(manifest).filter(
  (key) =>
    manifest[key].isEntry ||
    key === "src/features/contacts/ContactList.tsx" ||
    key === "src/app/Frame.tsx" ||
    /src\/i18n\/fa\/(common|contacts)\.json/.test(key),
);
first.forEach(add);
let bytes = 0;
for (const file of files) bytes += gzipSync(readFileSync(new URL(file, dist)), { level: 9 }).length;
const kilobytes = bytes / 1024;
process.stdout.write(
  `first load: ${kilobytes.toFixed(0)} KB of script in gzip, at most ${BUDGET_KB}\n`,
);
process.exit(kilobytes > BUDGET_KB ? 1 : 0);
