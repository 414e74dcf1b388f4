// This file is counting without network: a place of the count, then what lies there; loose goods with their number.

import { text } from "../texts.js";
import { findCount, findItem, itemCode, keysOf, misread, plain } from "./rules.js";
import { named, next, queued, repeat, stop } from "./told.js";

/**
 * @param {string} raw @param {any} state @param {import("./acts.js").Said} said @param {import("./rules.js").Snapshot[]} wards
 * @returns {Promise<import("./acts.js").Kept>}
 */
export async function count(raw, state, said, wards) {
  const counted = decodeURIComponent(location.pathname.split("/")[2] ?? "");
  const code = itemCode(raw);
  if (misread(raw, said.entered === "keyed")) return { answer: stop("E24", "offline.check", state) };
  if (!counted) return chosen(raw, state, wards);
  if (code === null) return begun(raw, state, counted, wards);
  if (!state.place) return { answer: repeat("offline.place", state) };
  const { item } = code ? await findItem(wards, code) : { item: null };
  const quantity = said.answers?.quantity;
  const loose = !item || item.kind === "bulk";
  if (loose && quantity === undefined) {
    return { answer: { ...next(item ? named(item) : raw, "offline.many", state), ask: { scan: raw, label: text("offline.many") } } };
  }
  const payload = { count: counted, location: state.place, scan: raw, ...(quantity === undefined ? {} : { quantity: Number(quantity) }) };
  return { answer: queued({ title: item ? named(item) : raw, note: quantity ?? "", state }), kind: "count", payload };
}

/** On the list of counts: a place opens the count it is in, and is begun there. @param {string} raw @param {any} state @param {import("./rules.js").Snapshot[]} wards @returns {Promise<import("./acts.js").Kept>} */
async function chosen(raw, state, wards) {
  const keys = await keysOf(wards, raw);
  const found = wards.flatMap((ward) => ward.counts).find((one) => one.places.some((place) => place.keys.some((key) => keys.includes(key))));
  if (!found) return { answer: stop("E20", "offline.elsewhere", state) };
  sessionStorage.setItem("spd.handover", JSON.stringify({ codes: [raw], at: Date.now() }));
  return { answer: { ...next(found.title || found.code, "offline.things", state), go: `/count/${encodeURIComponent(found.code)}` } };
}

/** The place gone over from now on; that nothing lies there is a finding too. @param {string} raw @param {any} state @param {string} counted @param {import("./rules.js").Snapshot[]} wards @returns {Promise<import("./acts.js").Kept>} */
async function begun(raw, state, counted, wards) {
  const count = findCount(wards, counted);
  const keys = await keysOf(wards, raw);
  const place = count.find((one) => one.keys.some((key) => keys.includes(key)));
  if (count.length > 0 && !place) return { answer: stop("E20", "offline.elsewhere", state) };
  const said = plain(raw);
  if (state.place === said) return { answer: repeat("offline.things", state, place && named(place)) };
  const answer = queued({ title: place ? named(place) : said, what: text("offline.things"), unlisted: true, state: { place: said } });
  return { answer, kind: "count", payload: { count: counted, location: said } };
}
