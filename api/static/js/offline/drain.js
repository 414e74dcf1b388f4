// This file is the drainer: one of all tabs sends what waits, in order, and deletes an event only after its verdict.

import { Problem, post } from "../api.js";

/** Events in one request: the server takes ten in a transaction. */
export const AT_ONCE = 50;

/**
 * Send what waits. Gives what became of it; another tab that drains already is left to it.
 * @param {import("./store.js").DeviceStore} store
 * @param {{ward: string, csrf: string, onVerdict?: (verdict: any, event: import("./store.js").Event) => void}} options
 * @returns {Promise<{sent: number, refused: number, left: boolean}>}
 */
export function drain(store, { ward, csrf, onVerdict = () => {} }) {
  return navigator.locks.request("spd-drain", { ifAvailable: true }, async (lock) => {
    const told = { sent: 0, refused: 0, left: !lock };
    let most = AT_ONCE;
    while (lock) {
      const events = await store.first(most);
      if (events.length === 0) break;
      const verdicts = await send(store, events, ward, csrf).catch((error) => {
        // One event that the server cannot read must not hold up those behind it.
        if (error instanceof Problem && [400, 422].includes(error.status) && most > 1) return null;
        throw error;
      });
      if (verdicts === null) {
        most = 1;
        continue;
      }
      const decided = verdicts.filter((/** @type {any} */ one) => one.verdict !== "waiting");
      await store.remove(decided.map((/** @type {any} */ one) => one.sequence));
      for (const one of decided) {
        told.sent += 1;
        if (one.outcome === "refused") told.refused += 1;
        const event = events.find((other) => other.sequence === one.sequence);
        if (event) onVerdict(one, event);
      }
      if (decided.length === 0) {
        told.left = true;
        break;
      }
    }
    return told;
  });
}

/** @param {import("./store.js").DeviceStore} store @param {import("./store.js").Event[]} events @param {string} ward @param {string} csrf */
async function send(store, events, ward, csrf) {
  const asked = Date.now();
  const told = await post("/api/v1/uses/batch", { device: await store.device(), ward: ward || undefined, events }, { headers: { "X-CSRFToken": csrf }, timeoutMs: 30_000 });
  // Our clock at the middle of the request stands for when the server looked at its own.
  await store.put("offset", Math.round(Date.parse(told.server_at) - (asked + Date.now()) / 2));
  return told.verdicts;
}
