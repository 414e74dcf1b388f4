// This file is the lock of a shared device: a screen left alone locks itself, and its button does so at once. Where the
// server does not answer nobody could come on again, so that the page forgets the patient and says so: scans without
// network go on, and are of who was on.

import { LOCKED } from "./leaving.js";

const form = /** @type {HTMLFormElement | null} */ (document.getElementById("lock"));
const idleMs = Number(form?.dataset.idle ?? 0) * 60 * 1000;
let since = Date.now();

for (const sign of ["keydown", "pointerdown", "input"]) addEventListener(sign, () => (since = Date.now()), { capture: true, passive: true });

const isThere = () => fetch("/healthz", { cache: "no-store", signal: AbortSignal.timeout(3000) }).then((answer) => answer.ok, () => false);

if (form && idleMs > 0) {
  setInterval(async () => {
    if (Date.now() - since < idleMs || !navigator.onLine) return;
    since = Date.now();
    if (await isThere()) form.submit();
  }, 5000);
}

form?.addEventListener("submit", async (event) => {
  event.preventDefault();
  if (navigator.onLine && (await isThere())) return form.submit();
  dispatchEvent(new Event(LOCKED));
  const said = document.getElementById("lock-away");
  if (said) said.hidden = false;
});
