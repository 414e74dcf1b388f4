// This file is the packing page: how many packs a bulk gives, as the quantity is keyed in; and another number of packs
// than is proposed by digits and Enter, without a tap.

import { startFlow } from "../flow.js";

const page = startFlow({ onAnswer: () => queueMicrotask(arm) });
arm();

/** @returns {HTMLInputElement | null} */
function packs() {
  const field = document.querySelector("form[data-flow] [name=count][data-number]");
  return field instanceof HTMLInputElement ? field : null;
}

function arm() {
  page.expectKeys(packs() ? another : null);
}

/** @param {string} keys */
async function another(keys) {
  const field = packs();
  if (!field || page.stop.isLatched || !/^\d+\n?$/.test(keys)) return;
  const asked = page.askNumber({ label: field.dataset.number ?? "", value: Number(field.value), max: field.max ? Number(field.max) : Infinity });
  page.keypad.type(keys);
  const value = await asked;
  if (!value) return;
  field.value = String(value);
  field.form?.requestSubmit();
}

document.addEventListener("input", (event) => {
  const field = event.target;
  if (!(field instanceof HTMLInputElement) || field.name !== "quantity") return;
  const form = field.form;
  const count = /** @type {HTMLInputElement | null} */ (form?.querySelector("[name=count]"));
  if (!form || !count) return;
  const fits = Math.floor(Number(form.dataset.there) / Math.max(1, Number(field.value)));
  const most = Math.min(fits, Number(form.dataset.most));
  count.max = String(most);
  count.value = String(most);
  for (const slot of form.querySelectorAll("[data-fits]")) slot.textContent = String(fits);
});
