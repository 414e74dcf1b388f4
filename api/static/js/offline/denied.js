// This file is what a label itself says against its use: a recall that means it, wherever the thing lay, or its expiry.

import { elements, keyOf } from "./rules.js";

/** @typedef {[string | null, string | null]} Window from a day to a day, ends included; none is open */
/** @typedef {{dis: string[], lots: string[][], serials: string[][], produced: Window, expires: Window}} Target what is empty is all */
/** @typedef {{targets: Target[], held: string[], spared: string[]}} Recalls what a recall holds and lets go, by the keys of codes */

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

/** A day of six digits; day 00 is the month's last. @param {string | undefined} digits */
export function dayOf(digits) {
  if (!/^\d{6}$/.test(digits ?? "")) return null;
  const [year, month, day] = /** @type {string} */ (digits).match(/../g)?.map(Number) ?? [];
  return new Date(Date.UTC(2000 + year, day ? month - 1 : month, day)).toISOString().slice(0, 10);
}

/** @param {Target} target @param {Record<string, string>} parts */
function means(target, parts) {
  const here = target.dis.includes(parts["01"] ?? "") && within(parts["10"], target.lots) && within(parts["21"], target.serials);
  return here && inside(dayOf(parts["11"]), target.produced) && inside(dayOf(parts["17"]), target.expires);
}

/**
 * Whether a recall that was in force when the lists were made means a thing that is on none of them.
 * @param {import("./rules.js").Snapshot[]} wards @param {string} raw @param {string} code
 */
export async function recalled(wards, raw, code) {
  const parts = elements(raw) ?? {};
  for (const ward of wards) {
    const key = await keyOf(ward, code);
    if (ward.recalls.held.includes(key)) return true;
    if (!ward.recalls.spared.includes(key) && ward.recalls.targets.some((target) => means(target, parts))) return true;
  }
  return false;
}

/** Whether the day on the label has ended everywhere: only the server knows the hospital's own. @param {string} raw @param {string} now */
export function expired(raw, now) {
  const until = dayOf(elements(raw)?.["17"]);
  return until !== null && Date.parse(`${until}T23:59:59-12:00`) < Date.parse(now);
}
