// This file is the lock of a shared device: a screen left alone locks itself, and its button does so at once. Where the
// server does not answer, only the server's own clock locks: scans without network go on.

const form = /** @type {HTMLFormElement | null} */ (document.getElementById("lock"));
const idleMs = Number(form?.dataset.idle ?? 0) * 60 * 1000;
let since = Date.now();

for (const sign of ["keydown", "pointerdown", "input"]) addEventListener(sign, () => (since = Date.now()), { capture: true, passive: true });

if (form && idleMs > 0) {
  setInterval(async () => {
    if (Date.now() - since < idleMs || !navigator.onLine) return;
    since = Date.now();
    const there = await fetch("/healthz", { cache: "no-store" }).then((answer) => answer.ok, () => false);
    if (there) form.requestSubmit();
  }, 5000);
}
