// This file is where a scan is written down before it is sent: sealed with this device's key, so that it outlives a
// killed browser and nobody reads it. Without the key it is kept in memory only.

import { MemoryStore } from "../queue.js";

const NAME = "spd-sent";

/** @template T @param {IDBRequest<T>} asked @returns {Promise<T>} */
const answered = (asked) =>
  new Promise((done, failed) => {
    asked.onsuccess = () => done(asked.result);
    asked.onerror = () => failed(asked.error);
  });

/** @implements {import("../queue.js").Store} */
export class PendingStore {
  /**
   * What one person scanned is sent when they are on again, never in the name of whoever took over.
   * @param {string} page one per kind of page
   * @param {() => Promise<import("./store.js").DeviceStore | null>} sealer with the key, once it is there; null where it never will be
   */
  constructor(page, sealer) {
    this.prefix = `${document.querySelector('meta[name="who"]')?.getAttribute("content") ?? ""} ${page} `;
    this.sealer = sealer;
    this.memory = new MemoryStore();
    /** @type {Promise<IDBDatabase> | null} */
    this.opened = null;
  }

  /** @returns {Promise<IDBObjectStore>} @param {IDBTransactionMode} mode @param {"strict" | "relaxed"} [durability] */
  async rows(mode, durability = "relaxed") {
    this.opened ??= (() => {
      const asked = indexedDB.open(NAME, 1);
      asked.onupgradeneeded = () => asked.result.createObjectStore("scans");
      return answered(asked);
    })();
    return (await this.opened).transaction("scans", mode, { durability }).objectStore("scans");
  }

  /** @param {import("../queue.js").Entry} entry */
  async put(entry) {
    const store = await this.sealer();
    if (!store?.key) return this.memory.put(entry);
    const sealed = await store.seal(entry);
    await finished((await this.rows("readwrite", "strict")).put(sealed, this.prefix + entry.key));
  }

  /** @param {string} key */
  async remove(key) {
    this.memory.remove(key);
    const store = await this.sealer();
    if (store) await finished((await this.rows("readwrite")).delete(this.prefix + key));
  }

  /** Keys sort by time, so order is kept. */
  async all() {
    const store = await this.sealer();
    if (!store?.key) return this.memory.all();
    const rows = await answered((await this.rows("readonly")).getAll(IDBKeyRange.bound(this.prefix, `${this.prefix}~`)));
    return (await Promise.all(rows.map((row) => store.unseal(row)))).filter((entry) => entry !== null);
  }
}

/** @param {IDBRequest<any>} asked @returns {Promise<void>} */
function finished(asked) {
  return new Promise((done, failed) => {
    const change = /** @type {IDBTransaction} */ (asked.transaction);
    change.oncomplete = () => done();
    change.onabort = () => failed(change.error);
  });
}
