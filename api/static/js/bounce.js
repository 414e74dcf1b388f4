// This file is rule R3: the same label read twice within a moment is one scan.

/** A gun held on a label reads it again and again; 800 ms is longer than any of them waits between two reads. */
export const BOUNCE_MS = 800;

export class Bounce {
  /** @param {{windowMs?: number}} [options] */
  constructor({ windowMs = BOUNCE_MS } = {}) {
    this.windowMs = windowMs;
    /** @type {Map<string, number>} payload -> when it was last seen */
    this.seen = new Map();
  }

  /**
   * True when this payload was seen less than the window ago. Each sight moves the window on, so a label that stays
   * in front of the gun counts once, however long it stays.
   * @param {string[]} codes the codes of one label
   * @param {number} at milliseconds, any steady clock
   * @returns {boolean}
   */
  isBounce(codes, at) {
    for (const [payload, when] of this.seen) {
      if (at - when >= this.windowMs) this.seen.delete(payload);
    }
    // The order in which a gun reads the codes of one label is chance.
    const payload = JSON.stringify([...codes].sort());
    const bounced = this.seen.has(payload);
    this.seen.set(payload, at);
    return bounced;
  }
}
