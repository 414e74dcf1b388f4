// This file is the bedside page: an item scanned before its wristband waits for it, and a patient nobody has scanned
// anything for is forgotten.

import { startFlow } from "../flow.js";
import { onLeaving } from "../leaving.js";
import { text } from "../texts.js";

/** The same as the server holds to. */
const IDLE_MS = 3 * 60 * 1000;
const HANDOVER = "spd.handover";

/** @typedef {{scan: string, name: string, extra: Record<string, any>, timer: ReturnType<typeof setTimeout>}} Held */
/** What was scanned before its wristband, the first first. @type {Held[]} */
let held = [];
/** What is to be booked now that the wristband has come, the first first. @type {Held[]} */
const due = [];
let going = false;
let shownDue = false;
/** @type {ReturnType<typeof setTimeout> | undefined} */
let idle;

const flow = startFlow({
  onAnswer: (answer, _codes, { resumed, ...extra }) => {
    if (resumed) return;
    if (document.visibilityState === "hidden") return endPatient();
    if (answer.patient) showKept(answer.patient);
    const greets = Boolean(answer.state?.patient && !answer.state.asked && answer.unlisted && ["ok", "caution"].includes(answer.class));
    // What waited for another patient is never booked on this one.
    if (greets || !answer.state?.patient) forget(due.splice(0));
    if (answer.hold) hold(answer.hold, answer.what ?? "", extra);
    if (answer.state?.patient) {
      showPatient();
      clearTimeout(idle);
      idle = setTimeout(endPatient, IDLE_MS);
      // A wristband greets in green, or in yellow where the patient is another ward's or not on the list.
      if (held.length && greets) release();
    } else if (!answer.hold) answer.parts ? showPatient() : endPatient();
    showDue();
    // Once this verdict is told: it may be a STOP.
    setTimeout(goOn, 0);
  },
});
flow.stop.onAcknowledged = () => void goOn();

/** The patient of a wristband that was read without network. @param {string} label */
function showKept(label) {
  const said = document.createElement("p");
  said.className = "patient-kept";
  said.dataset.patient = label;
  said.textContent = label;
  for (const part of document.querySelectorAll('[data-part="patient"]')) part.replaceChildren(said.cloneNode(true));
}

/** @param {{scan: string, until: string, several?: boolean}} what @param {string} name @param {Record<string, any>} said that it was typed, and why */
function hold({ scan, until, several }, name, { entered, reason }) {
  if (!several) held = held.filter((one) => one.scan !== scan || clearTimeout(one.timer));
  /** @type {Held} */
  const one = { scan, name, extra: { entered, reason }, timer: setTimeout(() => drop(one), Math.max(0, Date.parse(until) - Date.now())) };
  held.push(one);
}

/** The wristband has come: each item is booked as if it had been scanned after it. */
function release() {
  for (const one of held.splice(0)) {
    clearTimeout(one.timer);
    due.push(one);
  }
}

/** A STOP, or a question to a second person, holds up what is behind it until it is answered. */
async function goOn() {
  if (going) return;
  going = true;
  try {
    while (due.length && flow.state.patient && !flow.state.asked && !flow.stop.isLatched) {
      const [one] = due.splice(0, 1);
      showDue();
      await flow.take([one.scan], one.extra);
    }
  } finally {
    going = false;
  }
  showDue();
}

/** What is still to be booked on this patient, named under a STOP and on the page. */
function showDue() {
  const said = due.length ? text("due", { n: due.length, names: due.map((one) => one.name).join(" · ") }) : "";
  flow.stop.tell(said);
  if (!due.length && !shownDue) return;
  shownDue = due.length > 0;
  for (const part of document.querySelectorAll('[data-part="held"]')) {
    part.className = said ? "notice notice--caution" : "";
    part.textContent = said;
  }
}

/** @param {Held[]} items */
function forget(items) {
  for (const one of items) flow.say({ class: "caution", code: "E04", title: text("dropped.title"), what: one.name, do: text("dropped.do") });
}

/** Nobody's wristband came: said aloud, since the item was not recorded. @param {Held} one */
function drop(one) {
  clearTimeout(one.timer);
  held = held.filter((other) => other !== one);
  const { held: waiting = [], ...rest } = flow.state;
  const left = waiting.slice(waiting.length - held.length);
  flow.state = held.length ? { ...rest, held: left } : rest;
  if (!held.length) for (const part of document.querySelectorAll('[data-part="held"]')) part.textContent = "";
  flow.say({ class: "caution", code: "E04", title: text("dropped.title"), what: one.name, do: text("dropped.do") });
}

function showPatient() {
  const banner = document.querySelector('[data-part="patient"] [data-patient]');
  flow.setPatient(banner instanceof HTMLElement ? (banner.dataset.patient ?? "") : "");
}

function endPatient() {
  flow.state = {};
  for (const part of document.querySelectorAll('[data-part="patient"], [data-part="held"], [data-part="readings"], [data-part="charged"], [data-part="more"], [data-part="photo"]')) part.textContent = "";
  showPatient();
}

// Who looks at this screen next may be somebody else, at another bed.
onLeaving(() => {
  clearTimeout(idle);
  for (const one of [...held]) drop(one);
  forget(due.splice(0));
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
