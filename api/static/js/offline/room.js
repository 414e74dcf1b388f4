// This file is how much a device keeps: how near that is, and what is said where there is no room for one more.

import { text } from "../texts.js";

/** More than this unsent, or longer than this, and the person is sent to where there is network (E22). */
export const MOST = 2000;
export const LONGEST_MS = 72 * 3600 * 1000;
/** From here on the page says how much is left: four fifths of the one or of the other. */
const NEAR = 0.8;

/** @typedef {import("./store.js").DeviceStore} Store */

/** @param {number} ms */
export const shown = (ms) => new Date(ms).toLocaleString("sv-SE", { dateStyle: "short", timeStyle: "short" });

/** How much longer this device can keep scans, once that is not long. @param {Store | null} store @param {number} waiting */
export async function near(store, waiting) {
  const oldest = waiting > 0 && store ? await store.oldest() : null;
  if (oldest === null) return "";
  const until = oldest + LONGEST_MS;
  if (waiting < NEAR * MOST && Date.now() < until - (1 - NEAR) * LONGEST_MS) return "";
  return text("offline.near", { n: Math.max(0, MOST - waiting), at: shown(until) });
}

/** @param {Store} store @param {number} waiting */
export async function isFull(store, waiting) {
  const oldest = await store.oldest();
  return waiting >= MOST || (oldest !== null && Date.now() - oldest > LONGEST_MS);
}

/** What is kept stays, and is said how much, and since when. @param {Store} store @param {number} waiting @param {any} state */
export async function full(store, waiting, state) {
  const at = shown((await store.oldest()) ?? Date.now());
  return { class: "stop", code: "E22", title: text("full.title"), what: text("offline.full", { n: waiting, at }), do: text("offline.full.do"), state };
}
