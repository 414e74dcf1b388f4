// This file is what this device has sent and the server has refused: told for a shift, and named by no advice meanwhile.

import { itemCode } from "./rules.js";

/** Refusals are told on this device for so long; they stay on the list of disputes until somebody resolves them. */
const SHIFT_MS = 8 * 3600 * 1000;

export class Refusals {
  /** @param {import("./store.js").DeviceStore | null} [store] @param {number} [n] @param {string[]} [codes] */
  constructor(store = null, n = 0, codes = []) {
    this.store = store;
    this.n = n;
    /** What was scanned: it lies here by the books, and nobody is sent to look for it. */
    this.codes = new Set(codes);
    this.changed = false;
  }

  /** Those of this shift; after a reload too. @param {import("./store.js").DeviceStore} store */
  static async of(store) {
    const before = await store.get("refused");
    if (!before || Date.now() - before.at >= SHIFT_MS) return new Refusals(store);
    return new Refusals(store, before.n, (await store.unseal(before.codes)) ?? []);
  }

  /** One more. @param {import("./store.js").Event} event */
  add(event) {
    this.n += 1;
    const code = event.kind === "use" || event.kind === "emergency" ? itemCode(event.payload.scan) : "";
    if (code) this.codes.add(code);
    this.changed = true;
  }

  /** Keep them, where there are new ones: also of a queue that was sent in part. */
  async keep() {
    if (!this.changed || !this.store) return;
    const codes = this.store.key ? await this.store.seal([...this.codes]) : undefined;
    await this.store.put("refused", { n: this.n, at: Date.now(), codes });
    this.changed = false;
  }
}
