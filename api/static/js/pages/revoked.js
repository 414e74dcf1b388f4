// This file is the page of a revoked device: nobody reads what it keeps any more, and what was not sent goes into a file.

import { DeviceStore } from "../offline/store.js";

const told = /** @type {HTMLElement} */ (document.getElementById("revoked-waiting"));
const save = /** @type {HTMLButtonElement} */ (document.getElementById("revoked-save"));

if (globalThis.indexedDB && navigator.locks) {
  const store = await DeviceStore.open();
  await store.lock();
  const waiting = await store.waiting();
  told.textContent = waiting > 0 ? (told.dataset.some ?? "").replace("{n}", String(waiting)) : (told.dataset.none ?? "");
  save.hidden = waiting === 0;
  save.addEventListener("click", async () => {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([await store.file()], { type: "application/json" }));
    link.download = `spd-${await store.device()}-${new Date().toISOString().slice(0, 16).replace(/\D/g, "")}.json`;
    link.click();
    URL.revokeObjectURL(link.href);
  });
} else told.textContent = told.dataset.none ?? "";
