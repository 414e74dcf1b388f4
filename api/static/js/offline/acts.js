// This file is what a scan means without network, on each page: an event for the queue, or a verdict that needs none.

import { text } from "../texts.js";
import { count } from "./count.js";
import { expired, recalled } from "./denied.js";
import { findItem, findPatient, itemCode, plain } from "./rules.js";
import { sign } from "./sign.js";
import { named, queued, repeat, stop } from "./told.js";

const HOLD_MS = 60 * 1000;

/**
 * @typedef {object} Kept
 * @property {any} answer as the page's own address would answer
 * @property {string} [kind] of the event to be written down
 * @property {any} [payload]
 * @property {string} [once] what must not be written down twice by this device
 */

/** @typedef {{act?: string, answers?: Record<string, string>, occurredAt: string, entered?: string, reason?: string}} Said */

/**
 * @param {string} page use, sign or count
 * @param {string[]} codes @param {any} state what the page stands on @param {Said} said
 * @param {import("./rules.js").Snapshot[]} wards the one this device is at before the others
 * @returns {Promise<Kept | null>} null where only the server can do it, and the scan is to wait for it
 */
export async function act(page, codes, state, said, wards) {
  const kept = await judged(page, codes, state, said, wards);
  // That a code was typed, and why, is kept with what it did.
  if (kept?.kind && said.entered === "keyed") kept.payload = { ...kept.payload, entered: "keyed", reason: said.reason ?? "" };
  return kept;
}

/** @param {string} page @param {string[]} codes @param {any} state @param {Said} said @param {import("./rules.js").Snapshot[]} wards */
async function judged(page, codes, state, said, wards) {
  if (said.act === "end") return { answer: { class: "repeat", title: text("offline.wristband"), unlisted: true, state: {} } };
  const raw = plain(codes.find((code) => itemCode(code)) ?? codes[0] ?? "");
  if (page === "sign") return sign(raw, state, said, wards);
  if (!raw || (said.act ?? "scan") !== "scan") return { answer: stop("E21", "offline.needs", state) };
  return page === "use" ? use(raw, state, said, wards) : count(raw, state, said, wards);
}

/** @param {string} raw @param {any} state @param {Said} said @param {import("./rules.js").Snapshot[]} wards @returns {Promise<Kept>} */
async function use(raw, state, said, wards) {
  const code = itemCode(raw);
  if (!code) {
    const patient = await findPatient(wards, raw);
    if (patient) return { answer: { class: "ok", title: patient.label, what: text("offline.scan"), unlisted: true, state: { patient: patient.token }, patient: patient.label } };
    // A patient who came after the list was made: taken as what it says, and checked when it is sent.
    if (/^W/i.test(raw)) return { answer: { class: "caution", title: text("offline.stranger"), what: text("offline.scan"), unlisted: true, state: { patient: "?", wristband: raw }, patient: raw } };
    return { answer: stop("E01", "offline.unknown", state) };
  }
  const { item, denied: listed } = await findItem(wards, code);
  // What is on the ward's list was judged with all that is known of it.
  const meant = !item && (await recalled(wards, raw, code));
  const denied = listed || (meant ? "recalled" : expired(raw, said.occurredAt) ? "expired" : "");
  const what = item ? `${named(item)} · ${item.lot}` : code;
  if (denied) return { answer: stop({ recalled: "E08", expired: "E06" }[denied] ?? "E08", `offline.${denied}`, state, what) };
  if (!state.patient && (!item || item.for_patient)) {
    const until = new Date(Date.parse(said.occurredAt) + HOLD_MS).toISOString();
    const several = item?.kind !== "unit";
    const before = (state.held ?? []).filter((/** @type {{scan: string}} */ one) => several || one.scan !== raw);
    const held = [...before, { scan: raw, at: said.occurredAt, name: what }].slice(-20);
    return { answer: { ...repeat("offline.wristband", { ...state, held }, what), code: "E04", word: text("offline.waits"), hold: { scan: raw, until, several } } };
  }
  const whom = item && !item.for_patient ? {} : state.wristband ? { encounter: state.wristband } : { patient: state.patient };
  const { held: _held, ...rest } = state;
  const answer = queued({ title: item ? named(item) : code, what: item ? text("offline.kept") : text("offline.unlisted"), note: what, state: rest });
  return { answer, kind: "use", payload: { scan: raw, ...whom }, once: item?.kind === "bulk" ? undefined : code };
}
