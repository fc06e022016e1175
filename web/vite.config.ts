import react from "@vitejs/plugin-react";
import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

// During development the API runs elsewhere. WASL_API_KEY signs the developer in without a session;
// it is read by the development server only and is in no build.
const api = process.env.WASL_URL ?? "http://127.0.0.1:8080";
const key = process.env.WASL_API_KEY;
const proxied = {
  target: api,
  headers: key ? { Authorization: `Bearer ${key}` } : {},
};

export default defineConfig({
  plugins: [react()],
  resolve: { alias: { "@": fileURLToPath(new URL("src", import.meta.url)) } },
  build: {
    target: "es2022",
    manifest: true,
    // Inline data would need a wider policy for fonts and pictures.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 1000,
  },
  server: { proxy: { "/v1": proxied, "/openapi.json": proxied } },
  preview: { proxy: { "/v1": proxied, "/openapi.json": proxied } },
  test: { include: ["src/**/*.test.{ts,tsx}"] },
});
