// This file is what a label itself says against its use: a recall that means it, wherever the thing lay, or its expiry.

import { lastInstant } from "./labels.js";
import { keyOf, labelSaid } from "./rules.js";

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

/** @param {Target} target @param {import("./labels.js").Label} label */
function means(target, label) {
  const here = target.dis.includes(label.di) && within(label.lot, target.lots) && within(label.serial, target.serials);
  return here && inside(label.produced ?? null, target.produced) && inside(label.day ?? null, target.expires);
}

/**
 * Whether a recall that was in force when the lists were made means a thing that is on none of them.
 * @param {import("./rules.js").Snapshot[]} wards @param {string} raw @param {string} code
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
 * @param {import("./rules.js").Snapshot[]} wards @param {string} raw @param {string} now
 */
export function expired(wards, raw, now) {
  const label = labelSaid(raw);
  const until = label && lastInstant(label, wards[0]?.clock ?? "-12:00");
  return until !== null && until < Date.parse(now);
}
