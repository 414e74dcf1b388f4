// This file is the bedside page: an item scanned before its wristband waits for it, and a patient nobody has scanned
// anything for is forgotten.

import { startFlow } from "../flow.js";
import { onLeaving } from "../leaving.js";
import { text } from "../texts.js";

/** The same as the server holds to. */
const IDLE_MS = 3 * 60 * 1000;
const HANDOVER = "spd.handover";

/** @type {{scan: string, extra: Record<string, any>, timer: ReturnType<typeof setTimeout>} | null} */
let held = null;
/** @type {ReturnType<typeof setTimeout> | undefined} */
let idle;

const flow = startFlow({
  onAnswer: (answer, _codes, { resumed, ...extra }) => {
    if (resumed) return;
    if (document.visibilityState === "hidden") return endPatient();
    if (answer.patient) showKept(answer.patient);
    if (answer.hold) hold(answer.hold.scan, Date.parse(answer.hold.until) - Date.now(), extra);
    if (answer.state?.patient) {
      showPatient();
      clearTimeout(idle);
      idle = setTimeout(endPatient, IDLE_MS);
      if (held && answer.class === "ok" && answer.unlisted) release();
    } else if (!answer.hold) showPatient();
  },
});

/** The patient of a wristband that was read without network. @param {string} label */
function showKept(label) {
  const said = document.createElement("p");
  said.className = "patient-kept";
  said.dataset.patient = label;
  said.textContent = label;
  for (const part of document.querySelectorAll('[data-part="patient"]')) part.replaceChildren(said.cloneNode(true));
}

/** @param {string} scan @param {number} ms @param {Record<string, any>} said that it was typed, and why */
function hold(scan, ms, { entered, reason }) {
  if (held) clearTimeout(held.timer);
  held = { scan, extra: { entered, reason }, timer: setTimeout(drop, Math.max(0, ms)) };
}

/** The wristband has come: the item is booked as if it had been scanned after it. */
function release() {
  if (!held) return;
  clearTimeout(held.timer);
  const { scan, extra } = held;
  held = null;
  flow.take([scan], extra);
}

/** Nobody's wristband came: said aloud, since the item was not recorded. */
function drop() {
  held = null;
  const { held: _scan, held_at: _at, ...rest } = flow.state;
  flow.state = rest;
  for (const part of document.querySelectorAll('[data-part="held"]')) part.textContent = "";
  flow.say({ class: "caution", code: "E04", title: text("dropped.title"), what: text("dropped.do") });
}

function showPatient() {
  const banner = document.querySelector('[data-part="patient"] [data-patient]');
  flow.setPatient(banner instanceof HTMLElement ? (banner.dataset.patient ?? "") : "");
}

function endPatient() {
  flow.state = {};
  for (const part of document.querySelectorAll('[data-part="patient"], [data-part="held"], [data-part="readings"], [data-part="charged"], [data-part="more"]')) part.textContent = "";
  showPatient();
}

// Who looks at this screen next may be somebody else, at another bed.
onLeaving(() => {
  clearTimeout(idle);
  if (held) clearTimeout(held.timer);
  held = null;
  endPatient();
});

document.getElementById("end")?.addEventListener("click", () => {
  clearTimeout(idle);
  flow.take([], { act: "end" });
});

// An item that was scanned on the home page a moment ago: told by that page, never by an address.
const handed = JSON.parse(sessionStorage.getItem(HANDOVER) ?? "null");
sessionStorage.removeItem(HANDOVER);
if (handed && Date.now() - handed.at < 10_000) flow.take(handed.codes);
showPatient();
if (flow.state.patient) idle = setTimeout(endPatient, IDLE_MS);
