// This file is the packing page: how many packs a bulk gives, as the quantity is keyed in.

import { startFlow } from "../flow.js";

startFlow();

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
