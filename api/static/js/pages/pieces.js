// This file is a form whose field takes scans, one under the other: a scan anywhere on the page goes into it, what parts a
// label is kept in letters, since fields lose the character itself, and what cannot be scanned is typed, with the reason.

import { GS, meaning } from "../keys.js";
import { text } from "../texts.js";
import { startUnable } from "../unable.js";
import { Wedge } from "../wedge.js";

const WRITTEN = "{GS}";
/** The fields that take scans. @type {NodeListOf<HTMLInputElement | HTMLTextAreaElement>} */
const fields = document.querySelectorAll("[data-pieces]");
/** The one that the next scan goes into. */
let here = fields[0];

for (const field of fields) {
  field.addEventListener("focus", () => {
    here = field;
  });
  field.addEventListener("keydown", (event) => {
    const said = meaning(/** @type {KeyboardEvent} */ (event));
    if (said.kind !== "char" || said.char !== GS) return;
    event.preventDefault();
    const at = field.selectionStart ?? field.value.length;
    field.setRangeText(WRITTEN, at, field.selectionEnd ?? at, "end");
  });
}

// The Enter of a gun sends no form: it goes on to the next field, as the one who types would.
for (const form of new Set([...fields].map((field) => field.form))) {
  form?.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || !(event.target instanceof HTMLInputElement)) return;
    event.preventDefault();
    const all = [.../** @type {NodeListOf<HTMLElement>} */ (form.querySelectorAll("input:not([type=hidden]), select, textarea"))];
    all[all.indexOf(event.target) + 1]?.focus();
  });
}

/** @param {string[]} codes of one label */
function put(codes) {
  const said = codes.map((code) => code.replaceAll(GS, WRITTEN));
  const before = here.value.trimEnd();
  here.value = here instanceof HTMLTextAreaElement ? `${[...(before ? [before] : []), ...said].join("\n")}\n` : said[0];
  tell("");
  here.scrollTop = here.scrollHeight;
}

/** What came of a scan that was not taken. @param {string} name of the text, or nothing */
function tell(name) {
  const said = document.querySelector("[data-pieces-said]");
  if (said) said.textContent = name ? `${text(`${name}.title`)}. ${text(`${name}.do`)}` : "";
}

if (here) {
  new Wedge({ onLabel: ({ codes, garbled, caps }) => (garbled || caps ? tell(garbled ? "garbled" : "caps") : put(codes)) }).start();
  startUnable(put);
  document.documentElement.dataset.scanReady = "";
}
