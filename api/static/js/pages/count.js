// This file is the page of counting: loose goods ask for their number on the keypad, and a place scanned on the page
// before is begun at once.

import { startFlow } from "../flow.js";

const HANDOVER = "spd.handover";

const flow = startFlow({
  onAnswer: (answer, _codes, { resumed, entered, reason }) => {
    if (answer.ask && !resumed) ask(answer.ask, { entered, reason });
  },
});

/** @param {{scan: string, label: string}} asked @param {Record<string, any>} extra that it was typed, and why */
async function ask({ scan, label }, extra) {
  // Nothing keyed is no number: a stray Enter counts nothing.
  const value = /** @type {number | string | null} */ (await flow.askNumber({ label, value: /** @type {any} */ ("") }));
  if (value === null || value === "") return;
  flow.take([scan], { ...extra, act: "scan", answers: { quantity: String(value) } });
}

// A place that was scanned a moment ago: told by that page, never by an address.
const handed = JSON.parse(sessionStorage.getItem(HANDOVER) ?? "null");
sessionStorage.removeItem(HANDOVER);
if (handed && Date.now() - handed.at < 10_000) flow.take(handed.codes);
