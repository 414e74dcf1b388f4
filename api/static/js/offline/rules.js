// This file is what this device decides by itself from the ward's snapshot: whose wristband, which item, what is denied.

import { OWN, OWN_THING, canonical, isGtin } from "../ids.js";
import { sha256 } from "./chain.js";

/** @typedef {{key: string, kind: string, product: string, name: string, name_en: string, lot: string, quantity: number, base_unit: string, for_patient: boolean}} Item */
/** @typedef {{keys: string[], name: string, name_en: string}} Place */
/** @typedef {{code: string, keys: string[], place: Place, things: {key: string, name: string, name_en: string}[], proof: boolean}} Tote */
/** @typedef {{ward: string, name: string, name_en: string, salt: string, items: Item[], denied: {key: string, reason: string}[], patients: {keys: string[], token: string, label: string}[], places: Place[], totes: Tote[], counts: {code: string, title: string, places: Place[]}[], recalls: import("./denied.js").Recalls, taken_at: string, tag: string}} Snapshot */

/** The parts of GS1 codes with a fixed length; all others end at a separator. Source: GS1 General Specifications 7.8.5. */
const FIXED = /** @type {Record<string, number>} */ ({ "00": 18, "01": 14, "02": 14, 11: 6, 12: 6, 13: 6, 15: 6, 16: 6, 17: 6, 20: 2 });

/**
 * What an item goes by: our own label as it is, a supplier's by device identifier and serial; null where it is neither.
 * @param {string} raw
 */
export function itemCode(raw) {
  const text = plain(raw);
  if (OWN_THING.test(text)) return text;
  const parts = elements(text);
  return parts && parts["01"] && parts["21"] ? `${parts["01"]}.${parts["21"]}` : parts ? "" : null;
}

/** What a supplier's label says, by identifier. @param {string} text @returns {Record<string, string> | null} */
export function elements(text) {
  /** @type {Record<string, string>} */
  const parts = {};
  const bracketed = [...text.matchAll(/\((\d{2,4})\)([^(]+)/g)];
  if (text.startsWith("(") && bracketed.length > 0) {
    for (const [, name, value] of bracketed) parts[name] = value;
    return parts;
  }
  let rest = text.replace(/^\][A-Za-z]\d/, "").replace(/\{GS\}|<GS>/g, "\x1d");
  if (!/^01\d{14}/.test(rest)) return null;
  while (rest.length > 3) {
    const name = rest.slice(0, 2);
    rest = rest.slice(2);
    const fixed = FIXED[name];
    const end = fixed ?? (rest.includes("\x1d") ? rest.indexOf("\x1d") : rest.length);
    parts[name] = rest.slice(0, end);
    rest = rest.slice(end).replace(/^\x1d/, "");
  }
  return parts;
}

/** How the scanner of this device writes, as the server knows it. @type {Scanner} */
let scanner = { code: "", separators: [], prefix: "", suffix: "", fit: true };

/** @typedef {{code: string, separators: string[], prefix: string, suffix: string, fit: boolean}} Scanner */

/** From now on codes are read by the habits of this scanner. @param {Scanner | undefined} habits */
export function readBy(habits) {
  if (habits) scanner = habits;
}

/** What goes with an event, so that the server reads it as it reads this scanner. */
export const readAs = () => (scanner.code ? { scanner: scanner.code } : {});

/** Whether this scanner may read suppliers' codes: one that has not passed the test card may lose what parts them. */
export const mayReadSuppliers = () => scanner.fit;

/** A code as the label says it: without what the scanner puts around it or in place of GS; our own labels as printed. @param {string} raw */
export function plain(raw) {
  let code = raw.trim();
  if (scanner.prefix && code.startsWith(scanner.prefix)) code = code.slice(scanner.prefix.length);
  if (scanner.suffix && code.endsWith(scanner.suffix)) code = code.slice(0, -scanner.suffix.length);
  for (const one of scanner.separators) code = code.replaceAll(one, "\x1d");
  const own = code.replace(/^\][A-Za-z]\d(?=[A-Za-z][0-9A-Za-z]{13}$)/, "");
  return canonical(own) ?? (/^[A-Za-z][0-9A-Za-z]{13}$/.test(own) ? own.toUpperCase() : code);
}

/**
 * Whether a code cannot be right: it looks like ours and its check character does not hold, or a GTIN was typed wrongly.
 * @param {string} raw @param {boolean} [typed]
 */
export function misread(raw, typed = false) {
  const code = plain(raw);
  if (OWN.test(code)) return canonical(code) === null;
  const di = typed ? elements(code)?.["01"] : undefined;
  return di !== undefined && !isGtin(di);
}

/** What stands for a code in the snapshot, as `api/snapshots.py` makes it. @param {Snapshot} snapshot @param {string} code */
export async function keyOf(snapshot, code) {
  const salt = Uint8Array.from(snapshot.salt.match(/../g) ?? [], (byte) => Number.parseInt(byte, 16));
  const text = new TextEncoder().encode(code);
  const both = new Uint8Array(salt.length + text.length);
  both.set(salt);
  both.set(text, salt.length);
  return (await sha256(both)).slice(0, 24);
}

/** What stands for a code in any of the wards. @param {Snapshot[]} wards @param {string} code */
export const keysOf = (wards, code) => Promise.all(wards.map((one) => keyOf(one, plain(code))));

/**
 * The first that any ward has under a code. @template T
 * @param {Snapshot[]} wards @param {string} code @param {(ward: Snapshot, key: string) => T | undefined} look @returns {Promise<T | null>}
 */
async function first(wards, code, look) {
  for (const ward of wards) {
    const found = look(ward, await keyOf(ward, plain(code)));
    if (found) return found;
  }
  return null;
}

/** @param {Snapshot[]} wards @param {string} raw */
export const findPatient = (wards, raw) => first(wards, raw, (ward, key) => ward.patients.find((one) => one.keys.includes(key)));

/** An item, and why it must not be used: one ward that knows is enough. @param {Snapshot[]} wards @param {string} code */
export async function findItem(wards, code) {
  const denied = await first(wards, code, (ward, key) => ward.denied.find((one) => one.key === key)?.reason);
  return { item: await first(wards, code, (ward, key) => ward.items.find((one) => one.key === key)), denied: denied ?? "" };
}

/** A place of these wards. @param {Snapshot[]} wards @param {string} raw */
export const findPlace = (wards, raw) => first(wards, raw, (ward, key) => ward.places.find((one) => one.keys.includes(key)));

/** A tote on its way to these wards, by its code or its seal. @param {Snapshot[]} wards @param {string} raw @returns {Promise<Tote | null>} */
export const findTote = (wards, raw) => first(wards, raw, (ward, key) => ward.totes.find((one) => one.keys.includes(key)));

/** The tote that a thing is in. @param {Snapshot[]} wards @param {string} code @returns {Promise<Tote | null>} */
export const toteWith = (wards, code) => first(wards, code, (ward, key) => ward.totes.find((one) => one.things.some((thing) => thing.key === key)));

/** A thing of a tote. @param {Snapshot[]} wards @param {Tote} tote @param {string} code */
export const findThing = (wards, tote, code) => first(wards, code, (_ward, key) => tote.things.find((one) => one.key === key));

/** The places of a count in these wards; none where it is not known here. @param {Snapshot[]} wards @param {string} code */
export const findCount = (wards, code) => wards.flatMap((ward) => ward.counts.filter((one) => one.code === code)).flatMap((one) => one.places);
