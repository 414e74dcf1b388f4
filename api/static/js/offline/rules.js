// This file is what this device decides by itself from the ward's snapshot: whose wristband, which item, what is denied.

import { sha256 } from "./chain.js";

/** @typedef {{key: string, kind: string, product: string, name: string, name_en: string, lot: string, quantity: number, base_unit: string, for_patient: boolean}} Item */
/** @typedef {{ward: string, salt: string, items: Item[], denied: {key: string, reason: string}[], patients: {keys: string[], token: string, label: string}[], taken_at: string, tag: string}} Snapshot */

/** The parts of GS1 codes with a fixed length; all others end at a separator. Source: GS1 General Specifications 7.8.5. */
const FIXED = /** @type {Record<string, number>} */ ({ "00": 18, "01": 14, "02": 14, 11: 6, 12: 6, 13: 6, 15: 6, 16: 6, 17: 6, 20: 2 });
/** Our labels of things, not those of places, people or patients. Source: scanners/own.py. */
const OWN = /^[UPBK][0-9A-HJKMNP-TV-Z]{12}[0-9A-Z]$/;

/**
 * What an item goes by: our own label as it is, a supplier's by device identifier and serial; null where it is neither.
 * @param {string} raw
 */
export function itemCode(raw) {
  const text = raw.trim();
  if (OWN.test(text.toUpperCase())) return text.toUpperCase();
  const parts = elements(text);
  return parts && parts["01"] && parts["21"] ? `${parts["01"]}.${parts["21"]}` : parts ? "" : null;
}

/** @param {string} text @returns {Record<string, string> | null} */
function elements(text) {
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

/** What stands for a code in the snapshot, as `api/snapshots.py` makes it. @param {Snapshot} snapshot @param {string} code */
export async function keyOf(snapshot, code) {
  const salt = Uint8Array.from(snapshot.salt.match(/../g) ?? [], (byte) => Number.parseInt(byte, 16));
  const text = new TextEncoder().encode(code);
  const both = new Uint8Array(salt.length + text.length);
  both.set(salt);
  both.set(text, salt.length);
  return (await sha256(both)).slice(0, 24);
}

/** @param {Snapshot} snapshot @param {string} raw */
export async function findPatient(snapshot, raw) {
  const key = await keyOf(snapshot, raw.trim());
  return snapshot.patients.find((one) => one.keys.includes(key)) ?? null;
}

/** @param {Snapshot} snapshot @param {string} code */
export async function findItem(snapshot, code) {
  const key = await keyOf(snapshot, code);
  const denied = snapshot.denied.find((one) => one.key === key)?.reason ?? "";
  return { item: snapshot.items.find((one) => one.key === key) ?? null, denied };
}
