// This file is what a scan means without network, on each page: an event for the queue, or a verdict that needs none.

import { text } from "../texts.js";
import { findItem, findPatient, itemCode } from "./rules.js";

const HOLD_MS = 60 * 1000;

/**
 * @typedef {object} Kept
 * @property {any} answer as the page's own address would answer
 * @property {string} [kind] of the event to be written down
 * @property {any} [payload]
 * @property {string} [once] what must not be written down twice by this device
 */

/**
 * @param {string} page use, sign or count
 * @param {string[]} codes @param {any} state what the page stands on @param {{act?: string, answers?: Record<string, string>, occurredAt: string}} said
 * @param {import("./rules.js").Snapshot} snapshot
 * @returns {Promise<Kept>}
 */
export async function act(page, codes, state, said, snapshot) {
  if (said.act === "end") return { answer: { class: "repeat", title: text("offline.wristband"), unlisted: true, state: {} } };
  const raw = codes.find((code) => itemCode(code)) ?? codes[0];
  if (!raw || (said.act ?? "scan") !== "scan") return { answer: stop("E21", "offline.needs", state) };
  if (page === "use") return use(raw, state, said, snapshot);
  return page === "sign" ? sign(raw, state) : count(raw, state, said, snapshot);
}

/** @param {string} code @param {string} title @param {any} state @param {string} [what] */
const stop = (code, title, state, what = "") => ({ class: "stop", code, title: text(title), what, do: text(`${title}.do`), state });

/** @param {any} answer @param {number} [count] */
const queued = (answer, count) => ({ class: "queued", code: "E21", what: text("offline.kept"), count, ...answer });

/** @param {import("./rules.js").Item} item */
const named = (item) => (document.documentElement.lang === "en" ? item.name_en : item.name);

/** @param {string} raw @param {any} state @param {{occurredAt: string}} said @param {import("./rules.js").Snapshot} snapshot @returns {Promise<Kept>} */
async function use(raw, state, said, snapshot) {
  const code = itemCode(raw);
  if (code === null || !code) {
    const patient = await findPatient(snapshot, raw);
    if (patient) return { answer: { class: "ok", title: patient.label, what: text("offline.scan"), unlisted: true, state: { patient: patient.token }, patient: patient.label } };
    // A patient who came after the list was made: taken as what it says, and checked when it is sent.
    if (/^W/i.test(raw)) return { answer: { class: "caution", title: text("offline.stranger"), what: text("offline.scan"), unlisted: true, state: { patient: "?", wristband: raw }, patient: raw } };
    return { answer: stop("E01", "offline.unknown", state) };
  }
  const { item, denied } = await findItem(snapshot, code);
  const what = item ? `${named(item)} · ${item.lot}` : code;
  if (denied) return { answer: stop({ recalled: "E08", expired: "E06" }[denied] ?? "E08", `offline.${denied}`, state, what) };
  if (!state.patient && (!item || item.for_patient)) {
    const until = new Date(Date.parse(said.occurredAt) + HOLD_MS).toISOString();
    return { answer: { class: "repeat", code: "E04", title: text("offline.wristband"), what, unlisted: true, hold: { scan: raw, until }, state: { ...state, held: raw, held_at: said.occurredAt } } };
  }
  const whom = item && !item.for_patient ? {} : state.wristband ? { encounter: state.wristband } : { patient: state.patient };
  const { held: _held, held_at: _at, ...rest } = state;
  const answer = queued({ title: item ? named(item) : code, what: item ? text("offline.kept") : text("offline.unlisted"), note: what, state: rest });
  return { answer, kind: "use", payload: { scan: raw, ...whom }, once: item?.kind === "bulk" ? undefined : code };
}

/** @param {string} raw @param {any} state @returns {Kept} */
function sign(raw, state) {
  // The seal first, then the shelf's label: only both together are a signature.
  if (!state.tote) return { answer: { class: "ok", title: raw, what: text("offline.place"), unlisted: true, state: { tote: raw } } };
  if (raw === state.tote) return { answer: { class: "repeat", title: raw, what: text("offline.place"), unlisted: true, state } };
  const payload = { dispatch: state.tote, location: raw };
  return { answer: queued({ title: text("offline.signed"), note: `${state.tote} → ${raw}`, state: {} }), kind: "sign", payload, once: `tote ${state.tote}` };
}

/** @param {string} raw @param {any} state @param {{answers?: Record<string, string>}} said @param {import("./rules.js").Snapshot} snapshot @returns {Promise<Kept>} */
async function count(raw, state, said, snapshot) {
  const code = itemCode(raw);
  if (code === null) return { answer: { class: "ok", title: raw, what: text("offline.things"), unlisted: true, state: { place: raw } } };
  if (!state.place) return { answer: { class: "repeat", title: text("offline.place"), unlisted: true, state } };
  const { item } = code ? await findItem(snapshot, code) : { item: null };
  const quantity = said.answers?.quantity;
  const loose = !item || item.kind === "bulk";
  if (loose && quantity === undefined) return { answer: { class: "ok", title: item ? named(item) : raw, what: text("offline.many"), unlisted: true, ask: { scan: raw, label: text("offline.many") }, state } };
  const counted = decodeURIComponent(location.pathname.split("/")[2] ?? "");
  const payload = { count: counted, location: state.place, scan: raw, ...(quantity === undefined ? {} : { quantity: Number(quantity) }) };
  return { answer: queued({ title: item ? named(item) : raw, note: quantity ?? "", state }), kind: "count", payload };
}
