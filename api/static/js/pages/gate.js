// This file is the sign-in page: nobody is on, so what this device keeps cannot be read until somebody is. A scanned badge
// ends with Enter, which leads on to the PIN.

import { DeviceStore } from "../offline/store.js";

if (globalThis.indexedDB && globalThis.navigator.locks) {
  DeviceStore.open()
    .then((store) => store.lock())
    .catch(() => {});
}

const form = document.querySelector('form[data-gate="pin"]');
const badge = /** @type {HTMLInputElement | null} */ (form?.querySelector("#badge") ?? null);
const pin = /** @type {HTMLInputElement | null} */ (form?.querySelector("#pin") ?? null);

badge?.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" && event.key !== "Tab") return;
  // The end of a badge is no wish to sign on yet.
  event.preventDefault();
  if (badge.value.trim()) pin?.focus();
});
