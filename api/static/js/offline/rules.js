// This file is what this device decides by itself from the ward's snapshot: whose wristband, which item, what is denied by
// the lists or by what a label itself says.

import { OWN, OWN_THING, canonical, isGtin } from "../ids.js";
import { sha256 } from "./chain.js";
import { labelOfAll, lastInstant } from "./labels.js";

/** @typedef {{key: string, name: string, name_en: string, until: string | null} & Record<string, any>} Item */
/** @typedef {{keys: string[], name: string, name_en: string}} Place */
/** @typedef {{code: string, keys: string[], place: Place, things: {key: string, name: string, name_en: string}[], proof: boolean}} Tote */
/** @typedef {[string | null, string | null]} Window from a day to a day, ends included; none is open */
/** @typedef {{dis: string[], lots: string[][], serials: string[][], produced: Window, expires: Window}} Target what is empty is all */
/** @typedef {{targets: Target[], held: string[], spared: string[]}} Recalls what a recall holds and lets go, by the keys of codes */
/** As `SnapshotOut` of api/v1/offline.py says it. @typedef {{items: Item[], places: Place[], totes: Tote[], recalls: Recalls} & Record<string, any>} Snapshot */

/**
 * What an item goes by: our own label as it is, a supplier's by device identifier and serial; empty where a supplier's
 * label names no single thing, null where it is neither.
 * @param {string} raw
 */
export function itemCode(raw) {
  const text = plain(raw);
  if (OWN_THING.test(text)) return text;
  const label = labelSaid(raw);
  return label?.di && label.serial ? `${label.di}.${label.serial}` : label ? "" : null;
}

/** What a supplier's label says, read by the habits of this scanner; of two codes of one label, a line each. @param {string} raw */
export const labelSaid = (raw) => labelOfAll(raw.split("\n").map(plain));

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
  const label = labelSaid(raw);
  return label !== null && (!label.holds || (typed && label.kind === "gs1" && label.di !== "" && !isGtin(label.di)));
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
export const findPatient = (wards, raw) => first(wards, raw.replace(/^\][A-Za-z]\d/, ""), (ward, key) => ward.patients.find((one) => one.keys.includes(key)) ?? ward.gone?.find((/** @type {string} */ one) => one === key));

/** An item, and why it must not be used: one ward that knows is enough. @param {Snapshot[]} wards @param {string} code */
export async function findItem(wards, code) {
  const denied = await first(wards, code, (ward, key) => ward.denied.find((one) => one.key === key)?.reason);
  return { item: await first(wards, code, (ward, key) => ward.items.find((one) => one.key === key)), denied: denied ?? "" };
}

/**
 * What lies here of the product and lot of a label that names no single thing: open ones first, then the soonest to
 * expire. `several`: the label does not say which lot. @param {Snapshot[]} wards @param {import("./labels.js").Label} label
 */
export async function findByLabel(wards, label) {
  for (const ward of wards) {
    const key = await keyOf(ward, label.di);
    const product = ward.products?.find((one) => one.keys.includes(key))?.product;
    /** @param {Item} one */
    const denied = (one) => ward.denied.find((other) => other.key === one.key)?.reason ?? "";
    const there = ward.items.filter((one) => one.product === product && !one.serial && denied(one) !== "held" && (!label.lot || one.lot === label.lot));
    if (there.length === 0) continue;
    const [item] = there.sort((one, other) => Number(other.open) - Number(one.open) || (one.until ?? "9").localeCompare(other.until ?? "9"));
    return { item, several: !item.open && there.some((one) => one.lot !== item.lot), denied: denied(item) };
  }
  return { item: null, several: false, denied: "" };
}

/** @param {Item} item @param {string} now */
export const isPast = (item, now) => Date.parse(item.until ?? "") < Date.parse(now);

/** Until when another of it is good, that ends sooner and lies here. @param {Snapshot[]} wards @param {Item} item @param {string} now @param {Set<string>} used codes */
export async function sooner(wards, item, now, used) {
  const ward = wards.find((one) => one.items.includes(item)) ?? wards[0];
  const before = ward.items.filter((one) => one.product === item.product && one.until && item.until && one.until < item.until && !isPast(one, now) && !ward.denied.some((other) => other.key === one.key));
  if (before.length === 0) return null;
  const gone = await Promise.all([...used].map((code) => keyOf(ward, code)));
  return before.filter((one) => one.kind === "bulk" || !gone.includes(one.key)).map((one) => one.until).sort()[0] ?? null;
}

/** Which rule speaks against it in this patient. @param {Snapshot[]} wards @param {Item} item @param {any} state */
export function conflict(wards, item, state) {
  const patient = wards.flatMap((ward) => ward.patients).find((one) => one.token === state.patient);
  const alerts = [...(patient?.alerts ?? []), ...(state.alerts ?? "").split(" ")];
  return item.conflicts?.find((/** @type {string} */ one) => alerts.includes(one));
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

/** What codes are put in order by: B9 before B10. Source: spd/stock/ranges.py. @param {string} code @returns {(bigint | string)[]} */
const order = (code) => (code.toUpperCase().match(/\d+|\D+/g) ?? []).map((part) => (/^\d/.test(part) ? BigInt(part) : part));

/** Below zero, zero, above zero; numbers come before text. @param {string} one @param {string} other */
function compare(one, other) {
  const [ours, theirs] = [order(one), order(other)];
  for (let place = 0; place < Math.min(ours.length, theirs.length); place++) {
    const [a, b] = [ours[place], theirs[place]];
    if (typeof a !== typeof b) return typeof a === "bigint" ? -1 : 1;
    if (a !== b) return a < b ? -1 : 1;
  }
  return ours.length - theirs.length;
}

/** Whether a code may be meant: what the label does not say cannot be told apart, and is. @param {string | undefined} code @param {string[][]} ranges */
const within = (code, ranges) => !code || ranges.length === 0 || ranges.some(([first, last]) => compare(first, code) <= 0 && compare(code, last) <= 0);

/** @param {string | null} day @param {Window} window */
const inside = (day, [first, last]) => day === null || ((first === null || first <= day) && (last === null || day <= last));

/** @param {Target} target @param {import("./labels.js").Label} label */
function means(target, label) {
  const here = target.dis.includes(label.di) && within(label.lot, target.lots) && within(label.serial, target.serials);
  return here && inside(label.produced ?? null, target.produced) && inside(label.day ?? null, target.expires);
}

/**
 * Whether a recall that was in force when the lists were made means a thing that is on none of them.
 * @param {Snapshot[]} wards @param {string} raw @param {string} code
 */
export async function recalled(wards, raw, code) {
  const label = labelSaid(raw);
  for (const ward of wards) {
    const key = await keyOf(ward, code);
    if (ward.recalls.held.includes(key)) return true;
    if (!ward.recalls.spared.includes(key) && label && ward.recalls.targets.some((target) => means(target, label))) return true;
  }
  return false;
}

/**
 * Whether the last day on the label has ended by the hospital's clock, or on it the hour that the label names; where
 * that clock is not known, everywhere.
 * @param {Snapshot[]} wards @param {string} raw @param {string} now
 */
export function expired(wards, raw, now) {
  const label = labelSaid(raw);
  const until = label && lastInstant(label, wards[0]?.clock ?? "-12:00");
  return until !== null && until < Date.parse(now);
}
