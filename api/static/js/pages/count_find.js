// This file is the list of counts: a place scanned on it opens its count, and is handed over to be begun there, in the
// tab's own memory, so that no address can begin anything. What could not be scanned is typed, with the reason.

import { startUnable } from "../unable.js";
import { Wedge } from "../wedge.js";

const form = document.querySelector("[data-count-find]");
const field = form?.querySelector('input[name="scan"]');

/** @param {string[]} codes */
function open(codes) {
  if (!(form instanceof HTMLFormElement) || !(field instanceof HTMLInputElement)) return;
  field.value = codes[0];
  sessionStorage.setItem("spd.handover", JSON.stringify({ codes, at: Date.now() }));
  form.submit();
}

new Wedge({ onLabel: ({ codes }) => open(codes) }).start();
startUnable(open);
document.documentElement.dataset.scanReady = "";
