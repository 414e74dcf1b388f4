// This file is signing for a tote without network: the seal, its things where not all are there, the shelf, and the badge
// of the receiver where the place is not of one's own wards. What takes a password waits for the server, sealed as it is.

import { text } from "../texts.js";
import { findPlace, findThing, findTote, itemCode, keysOf, misread, plain, toteWith } from "./rules.js";
import { named, next, queued, repeat, stop } from "./told.js";

const BADGE = /^S[0-9A-HJKMNP-TV-Z]{12}[0-9A-Z]$/i;
const NOTHING = { tote: "", tote_lines: "" };

/** @typedef {import("./rules.js").Snapshot} Snapshot @typedef {import("./acts.js").Kept} Kept */

/**
 * @param {string} raw @param {any} state @param {import("./acts.js").Said} said @param {Snapshot[]} wards
 * @returns {Promise<Kept | null>}
 */
export async function sign(raw, state, said, wards) {
  const act = said.act ?? "scan";
  if (act === "clear") return { answer: { ...next(text("offline.anew"), "offline.tote", {}), parts: NOTHING } };
  if (act === "missing" && state.tote && state.place) return missing(state);
  if (act === "missing" || !raw || act !== "scan") return { answer: stop("E21", "offline.needs", state) };
  if (misread(raw, said.entered === "keyed")) return { answer: stop("E24", "offline.check", state) };
  if (!state.tote) return opened(raw, state, wards);
  const code = plain(raw);
  if (code === state.tote) return { answer: repeat("offline.place", state) };
  const tote = await findTote(wards, state.tote);
  if (itemCode(raw)) return checked(raw, state, tote, wards);
  const place = await findPlace(wards, raw);
  if (!place && (BADGE.test(code) || state.place)) return signed({ ...state, badge: code }, tote, wards);
  const keys = await keysOf(wards, raw);
  if (tote && !tote.place.keys.some((key) => keys.includes(key))) return { answer: stop("E14", "offline.wrong", state, named(tote.place)) };
  return signed({ ...state, place: code }, tote, wards);
}

/** The seal of a tote, or a thing that is in one. @param {string} raw @param {any} state @param {Snapshot[]} wards @returns {Promise<Kept | null>} */
async function opened(raw, state, wards) {
  const code = itemCode(raw);
  const tote = (await findTote(wards, raw)) ?? (code ? await toteWith(wards, code) : null);
  // A tote that is being filled is the server's: nothing of it is known here.
  if (state.to || state.items || (!tote && (code || (await findPlace(wards, raw))))) return null;
  if (!tote) return { answer: { ...next(plain(raw), "offline.place", { tote: plain(raw) }), class: "caution", note: text("offline.unlisted"), parts: NOTHING } };
  if (tote.proof) return { answer: stop("E23", "offline.proof", {}, tote.code) };
  if (code) return checked(raw, { tote: tote.code }, tote, wards);
  const title = text("offline.for", { place: named(tote.place) });
  return { answer: { ...next(title, "offline.place", { tote: tote.code }), count: tote.things.length, count_label: text("offline.inside"), parts: NOTHING } };
}

/** One thing looked at: then only those looked at are signed for. @param {string} raw @param {any} state @param {import("./rules.js").Tote | null} tote @param {Snapshot[]} wards @returns {Promise<Kept>} */
async function checked(raw, state, tote, wards) {
  const code = itemCode(raw) ?? "";
  const thing = tote && (await findThing(wards, tote, code));
  if (tote && !thing) return { answer: stop("E02", "offline.stray", state, code) };
  const items = state.items ?? [];
  if (items.some((/** @type {string} */ one) => itemCode(one) === code)) return { answer: repeat("offline.twice", state, thing ? named(thing) : code) };
  const count = items.length + 1;
  const answer = next(thing ? named(thing) : code, "offline.place", { ...state, items: [...items, raw] });
  return { answer: { ...answer, count, count_label: tote ? `/ ${tote.things.length}` : "" } };
}

/** @param {any} state @param {import("./rules.js").Tote | null} tote @param {Snapshot[]} wards @returns {Promise<Kept>} */
async function signed(state, tote, wards) {
  if (!state.place) return { answer: next(text("offline.place"), "offline.proves", state) };
  if (!state.badge && !(await findPlace(wards, state.place))) return { answer: next(text("offline.badge"), "offline.badge.why", state) };
  const items = state.items ?? [];
  const payload = { dispatch: state.tote, location: state.place, ...(items.length > 0 ? { items } : {}), ...(state.badge ? { badge: state.badge } : {}) };
  const left = tote && items.length > 0 ? tote.things.length - items.length : 0;
  const note = `${state.tote} → ${tote ? named(tote.place) : state.place}`;
  const once = `tote ${[state.tote, ...items].join(" ")}`;
  if (left <= 0) return { answer: queued({ title: text("offline.signed"), note, count: items.length || tote?.things.length, state: {}, parts: NOTHING }), kind: "sign", payload, once };
  const answer = queued({ title: text("offline.signed"), note, count: items.length, count_label: `/ ${tote?.things.length}`, state: { ...state, items: undefined, left: "yes" }, parts: { tote: button(left), tote_lines: "" } });
  return { answer, kind: "sign", payload, once };
}

/** The rest of the tote is not in it: said by a tap, kept as said. @param {any} state @returns {Kept} */
function missing(state) {
  const payload = { dispatch: state.tote, location: state.place, missing: true, ...(state.badge ? { badge: state.badge } : {}) };
  return { answer: queued({ title: text("offline.gone"), note: state.tote, state: {}, parts: NOTHING }), kind: "sign", payload, once: `missing ${state.tote}` };
}

/** @param {number} left */
function button(left) {
  const form = document.createElement("form");
  form.dataset.flow = "";
  form.innerHTML = '<input type="hidden" name="act" value="missing"><button class="button button--primary button--big button--block"></button>';
  /** @type {HTMLElement} */ (form.lastElementChild).textContent = text("offline.missing", { n: left });
  return form.outerHTML;
}
