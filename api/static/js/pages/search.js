// This file is the ear of a page that is read: a scan anywhere on it is searched for, and so is what could not be scanned.

import { startUnable } from "../unable.js";
import { Wedge } from "../wedge.js";

const field = document.querySelector('input[name="scan"], [role="search"] input[name="words"]');

/** @param {string[]} codes */
function search([code]) {
  if (!(field instanceof HTMLInputElement) || !field.form) return;
  field.value = code;
  field.form.submit();
}

new Wedge({ onLabel: ({ codes }) => search(codes) }).start();
startUnable(search);
document.documentElement.dataset.scanReady = "";
