// This file is "unable to scan": one tap, six reasons, then by hand; what stood in the way is told to whoever can fix it.

import { post } from "./api.js";
import { newKey } from "./ids.js";
import { text } from "./texts.js";

/** @typedef {{request_key: string, occurred_at: string, reason: string, page: string, code?: string}} Report */

/** @param {(codes: string[], extra: Record<string, any>) => void} take what is typed @param {(told: Report) => void} [onReport] */
export function startUnable(take, onReport = report) {
  const dialog = /** @type {HTMLDialogElement | null} */ (document.getElementById("unable"));
  const open = document.querySelector('[data-unable="open"]');
  if (!dialog || !open) return;
  const reasons = /** @type {HTMLElement} */ (dialog.querySelector('[data-unable="reasons"]'));
  const typed = /** @type {HTMLFormElement} */ (dialog.querySelector('[data-unable="typed"]'));
  const field = /** @type {HTMLInputElement} */ (typed.querySelector("input"));
  let reason = "";
  /** The report of this tap: told again with the code, once one is typed. @type {Report | null} */
  let told = null;
  open.addEventListener("click", () => {
    reasons.hidden = false;
    typed.hidden = true;
    field.value = "";
    dialog.showModal();
  });
  dialog.querySelector('[data-unable="cancel"]')?.addEventListener("click", () => dialog.close());
  for (const button of dialog.querySelectorAll("[data-reason]")) {
    button.addEventListener("click", () => {
      reason = /** @type {HTMLElement} */ (button).dataset.reason ?? "";
      told = { request_key: newKey(), occurred_at: new Date().toISOString(), reason, page: location.pathname.split("/")[1]?.slice(0, 24) ?? "" };
      onReport(told);
      reasons.hidden = true;
      typed.hidden = false;
      const chosen = typed.querySelector('[data-unable="chosen"]');
      if (chosen) chosen.textContent = text(`reason.${reason}`);
      field.focus();
    });
  }
  typed.addEventListener("submit", (event) => {
    event.preventDefault();
    const code = field.value.normalize("NFKC").trim();
    dialog.close();
    if (!code) return;
    if (told) onReport({ ...told, code });
    take([code], { entered: "keyed", reason });
  });
}

/** What stands in the way goes to whoever can fix it; the work never waits for that. @param {Report} said */
export function report(said) {
  post("/unable", said).catch(() => {});
}
