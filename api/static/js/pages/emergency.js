// This file is the emergency page: the patient whose wristband was scanned is forgotten like at the bedside; which unknown
// patient is meant is shown by the page itself where there is no network.

import { startFlow } from "../flow.js";
import { onLeaving } from "../leaving.js";

/** The same as the server holds to. */
const IDLE_MS = 3 * 60 * 1000;

/** @type {ReturnType<typeof setTimeout> | undefined} */
let idle;

const flow = startFlow({
  onAnswer: (answer, _codes, { resumed }) => {
    showTag(answer.state?.tag);
    if (resumed) return;
    if (document.visibilityState === "hidden") return endPatient();
    showPatient();
    clearTimeout(idle);
    if (answer.state?.patient) idle = setTimeout(endPatient, IDLE_MS);
  },
});

/** @param {string | undefined} tag */
function showTag(tag) {
  if (!tag) return;
  for (const button of document.querySelectorAll("button[name=tag]")) {
    const chosen = /** @type {HTMLButtonElement} */ (button).value === tag;
    button.classList.toggle("button--primary", chosen);
    if (chosen) button.setAttribute("aria-pressed", "true");
    else button.removeAttribute("aria-pressed");
  }
}

function showPatient() {
  const banner = document.querySelector('[data-part="emergency_list"] [data-patient]');
  flow.setPatient(banner instanceof HTMLElement ? (banner.dataset.patient ?? "") : "");
}

function endPatient() {
  clearTimeout(idle);
  flow.state = { tag: flow.state.tag };
  for (const part of document.querySelectorAll('[data-part="emergency_list"] [data-patient], [data-part="second"] form')) part.remove();
  showPatient();
}

// Who looks at this screen next may be somebody else, at another bed.
onLeaving(endPatient);
showPatient();
