// This file is the line in which scans wait: one request in flight, in the order scanned, one verdict each, none dropped.

import { newKey } from "./ids.js";

/** Scans that may wait before new ones are refused aloud (E22); ux: more than 500 unsent means "go where there is network". */
export const CAPACITY = 500;
/** After this long without an answer a thin line shows that something is under way. */
export const SLOW_MS = 300;
/** After this long the person is told that the scan is kept and still being sent. */
export const SENDING_MS = 800;
/** Pauses before trying again; the last one repeats. */
export const RETRY_MS = [500, 1000, 2000, 4000, 8000, 15000];

/** The request did not arrive, or its answer did not: the same request, with the same key, may be sent again. */
export class NetworkError extends Error {}

/**
 * @typedef {object} Entry
 * @property {string} key UUIDv7, kept before the first attempt and the same on every one
 * @property {string[]} codes
 * @property {string} occurredAt ISO 8601
 * @property {Record<string, any>} extra what else was said of this scan: reason, quantity
 * @property {any} [context] what the page stood on at the first attempt, so that every attempt says the same
 * @property {number} [attempts]
 * @property {boolean} [resumed] left over from before the page was loaded
 */

/**
 * Where entries live until they are answered. The scan pages use the session's store; a database on the device can take
 * its place by having the same three methods.
 * @typedef {{put: (entry: Entry) => void | Promise<void>, remove: (key: string) => void | Promise<void>, all: () => Entry[] | Promise<Entry[]>}} Store
 */

/** Forgets with the page. @implements {Store} */
export class MemoryStore {
  constructor() {
    /** @type {Map<string, Entry>} */
    this.entries = new Map();
  }
  /** @param {Entry} entry */
  put(entry) {
    this.entries.set(entry.key, structuredClone(entry));
  }
  /** @param {string} key */
  remove(key) {
    this.entries.delete(key);
  }
  all() {
    return [...this.entries.values()];
  }
}

/**
 * Outlives a reload of the page, in this tab only. Keys sort by time, so order is kept. What one person scanned is sent
 * when they are on again, never in the name of whoever took over. @implements {Store}
 */
export class SessionStore {
  /** @param {string} name one per kind of page @param {string} [who] who is on */
  constructor(name, storage = sessionStorage, who = document.querySelector('meta[name="who"]')?.getAttribute("content") ?? "") {
    this.prefix = `spd.queue.${who}.${name}.`;
    this.storage = storage;
  }
  /** @param {Entry} entry */
  put(entry) {
    this.storage.setItem(this.prefix + entry.key, JSON.stringify(entry));
  }
  /** @param {string} key */
  remove(key) {
    this.storage.removeItem(this.prefix + key);
  }
  all() {
    return Object.keys(this.storage)
      .filter((name) => name.startsWith(this.prefix))
      .sort()
      .map((name) => JSON.parse(this.storage.getItem(name) ?? ""));
  }
}

/**
 * A task in the line: a scan to send, or something to say in its turn.
 * @typedef {{entry: Entry | null, run: () => Promise<any>, done: (verdict: any) => void}} Task
 */

export class ScanQueue {
  /**
   * @param {object} options
   * @param {(entry: Entry) => Promise<any>} options.send gives the verdict; throws NetworkError to be tried again
   * @param {(verdict: any, entry: Entry | null) => void} options.onVerdict once per scan, in order
   * @param {(error: unknown, entry: Entry) => any} options.onError any other failure, as a verdict
   * @param {(state: "idle" | "busy" | "slow" | "sending", waiting: number) => void} [options.onProgress]
   * @param {(entry: Entry) => any} [options.gate] a verdict that answers instead of sending (STOP is latched), or null
   * @param {() => any} [options.context]
   * @param {() => any} [options.full] the verdict when the line is full
   * @param {Store} [options.store]
   * @param {number[]} [options.retryMs]
   */
  constructor({ send, onVerdict, onError, onProgress = () => {}, gate = () => null, context = () => undefined, full = () => null, store = new MemoryStore(), retryMs = RETRY_MS }) {
    this.send = send;
    this.onVerdict = onVerdict;
    this.onError = onError;
    this.onProgress = onProgress;
    this.gate = gate;
    this.context = context;
    this.full = full;
    this.store = store;
    this.retryMs = retryMs;
    /** @type {Task[]} */
    this.tasks = [];
    this.running = false;
    /** What was left behind is read before anything is sent. @type {Promise<void>} */
    this.resumed = Promise.resolve();
    /** @type {"idle" | "busy" | "slow" | "sending"} */
    this.state = "idle";
    /** @type {(() => void) | null} */
    this.wake = null;
    if (typeof addEventListener === "function") addEventListener("online", () => this.wake?.());
  }

  /** Scans not yet answered. */
  get waiting() {
    return this.tasks.length;
  }

  /**
   * Put a scan in the line. The promise gives its verdict, after `onVerdict` has been told.
   * @param {string[]} codes
   * @param {Record<string, any>} [extra]
   * @returns {Promise<any>}
   */
  add(codes, extra = {}) {
    if (this.tasks.length >= CAPACITY) return this.say(this.full());
    /** @type {Entry} */
    const entry = { key: newKey(), codes, occurredAt: new Date().toISOString(), extra };
    return this.push(entry, () => this.deliver(entry));
  }

  /** Answer in turn without sending: a bounce, a garbled code. @param {any} verdict @returns {Promise<any>} */
  say(verdict) {
    return this.push(null, async () => verdict);
  }

  /**
   * Do something in turn that is not a scan, such as an undo; it has the same key on every attempt.
   * @param {(key: string) => Promise<any>} act
   */
  act(act) {
    /** @type {Entry} */
    const entry = { key: newKey(), codes: [], occurredAt: new Date().toISOString(), extra: {} };
    return this.push(entry, () => this.attempt(entry, () => act(entry.key)));
  }

  /** Send what a previous load of the page left behind, before anything new. */
  resume() {
    this.resumed = (async () => {
      const left = await this.store.all();
      this.tasks.unshift(...left.map((entry) => ({ entry: Object.assign(entry, { resumed: true }), run: () => this.deliver(entry), done: () => {} })));
    })().catch((error) => console.warn("what was left behind cannot be read:", error));
    return this.resumed.then(() => this.drain());
  }

  /** @param {"idle" | "busy" | "slow" | "sending"} state */
  progress(state) {
    this.state = state;
    this.onProgress(state, this.waiting);
  }

  /** @param {Entry | null} entry @param {() => Promise<any>} run @returns {Promise<any>} */
  push(entry, run) {
    return new Promise((done) => {
      this.tasks.push({ entry, run, done });
      if (this.state === "sending") this.progress("sending");
      this.drain();
    });
  }

  async drain() {
    if (this.running) return;
    this.running = true;
    try {
      await this.resumed;
      while (this.tasks.length > 0) {
        const { entry, run, done } = this.tasks[0];
        const verdict = await run();
        this.tasks.shift();
        try {
          this.onVerdict(verdict, entry);
        } catch (error) {
          // A page that cannot draw one verdict must not hold up the scans behind it.
          console.error(error);
        }
        done(verdict);
      }
    } finally {
      this.running = false;
      this.progress("idle");
    }
  }

  /** @param {Entry} entry */
  async deliver(entry) {
    const refusal = entry.resumed ? null : this.gate(entry);
    if (refusal) return refusal;
    if (!entry.resumed) entry.context = this.context();
    try {
      await this.store.put(entry);
    } catch {
      // No room left on the device: better refused aloud than sent without being kept.
      return this.full();
    }
    const verdict = await this.attempt(entry, () => this.send(entry));
    // Nobody waits for that: a scan that is not taken off in time is asked for again, and is one.
    Promise.resolve(this.store.remove(entry.key)).catch((error) => console.warn("still kept:", error));
    return verdict;
  }

  /** @param {Entry} entry @param {() => Promise<any>} send */
  async attempt(entry, send) {
    this.progress("busy");
    const slow = setTimeout(() => this.progress("slow"), SLOW_MS);
    const sending = setInterval(() => this.progress("sending"), SENDING_MS);
    try {
      for (let attempt = 0; ; attempt += 1) {
        entry.attempts = attempt + 1;
        try {
          return await send();
        } catch (error) {
          if (!(error instanceof NetworkError)) return this.onError(error, entry);
          await this.pause(this.retryMs[Math.min(attempt, this.retryMs.length - 1)]);
        }
      }
    } finally {
      clearTimeout(slow);
      clearInterval(sending);
    }
  }

  /** Wait, but no longer than until the network is back. @param {number} ms */
  pause(ms) {
    return new Promise((/** @type {(value?: undefined) => void} */ done) => {
      const timer = setTimeout(done, ms);
      this.wake = () => {
        clearTimeout(timer);
        done();
      };
    }).finally(() => {
      this.wake = null;
    });
  }
}
