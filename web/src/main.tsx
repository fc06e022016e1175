import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { App } from "./app/App";
import { startI18n } from "./i18n";
import { guessLanguage } from "./lib/preferences";
import "./theme/mantine.css";
import "./theme/base.css";

// After an update of Wasl a page that was open asks for parts that are gone: it starts anew, once.
window.addEventListener("vite:preloadError", () => {
  if (sessionStorage.getItem("wasl.reloaded") === location.href) return;
  sessionStorage.setItem("wasl.reloaded", location.href);
  location.reload();
});

// Libraries that add a <style> as they run take the nonce of the page from here.
const nonce = document.querySelector('meta[name="csp-nonce"]')?.getAttribute("content") ?? "";
Object.assign(window, { __webpack_nonce__: nonce });

const root = document.getElementById("root");
if (!root) throw new Error("index.html has no root");
await startI18n(guessLanguage());
createRoot(root).render(
  <StrictMode>
    <App />
  </StrictMode>,
);
