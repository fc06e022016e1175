// Writes .br and .gz beside every text file of the build, so that the server never compresses.
import { readdir, readFile, writeFile } from "node:fs/promises";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";

const dist = new URL("../dist/", import.meta.url);
for (const entry of await readdir(dist, { recursive: true })) {
  if (!/\.(js|css|svg|json)$/.test(entry) || entry.startsWith(".")) continue;
  const file = new URL(entry, dist);
  const content = await readFile(file);
  if (content.length < 1024) continue;
  const options = { params: { [constants.BROTLI_PARAM_QUALITY]: 9 } };
  await writeFile(new URL(`${entry}.br`, dist), brotliCompressSync(content, options));
  await writeFile(new URL(`${entry}.gz`, dist), gzipSync(content, { level: 9 }));
}
