// This file is the store of this device: events that wait and the ward's snapshot, readable only with the key that
// a log-in releases. What is written down is written before it is sent.

import { START, digest } from "./chain.js";

const NAME = "spd-offline";
/** Under which names wards are kept. */
const WARDS = IDBKeyRange.bound("ward:", "ward;", false, true);

/** @typedef {{event_id: string, sequence: number, kind: string, payload: any, clock_at: string, offset_ms: number, previous: string, hash: string, actor?: string, ward?: string}} Event */

/** @template T @param {IDBRequest<T>} asked @returns {Promise<T>} */
const answered = (asked) =>
  new Promise((done, failed) => {
    asked.onsuccess = () => done(asked.result);
    asked.onerror = () => failed(asked.error);
  });

export class DeviceStore {
  /** @param {IDBDatabase} database */
  constructor(database) {
    this.database = database;
    /** @type {CryptoKey | null} */
    this.key = null;
  }

  static async open() {
    const asked = indexedDB.open(NAME, 1);
    asked.onupgradeneeded = () => {
      asked.result.createObjectStore("events", { keyPath: "sequence" });
      asked.result.createObjectStore("kept");
    };
    const store = new DeviceStore(await answered(asked));
    store.key = (await store.get("key")) ?? null;
    return store;
  }

  /** @param {string} name @returns {Promise<any>} */
  get(name) {
    return answered(this.database.transaction("kept").objectStore("kept").get(name));
  }

  /** @param {string} name @param {any} value */
  put(name, value) {
    return this.write("kept", (kept) => kept.put(value, name));
  }

  /** @param {"events" | "kept"} name @param {(store: IDBObjectStore) => void} act */
  write(name, act) {
    const change = this.database.transaction(name, "readwrite", { durability: "strict" });
    act(change.objectStore(name));
    return finished(change);
  }

  /** What this device calls itself: made once. @returns {Promise<string>} */
  async device() {
    return navigator.locks.request("spd-device", async () => {
      const known = await this.get("device");
      if (known) return known;
      const made = `WEB-${crypto.randomUUID().slice(0, 8).toUpperCase()}`;
      await this.put("device", made);
      return made;
    });
  }

  /** Take the key that a log-in released; it cannot be taken out again. @param {string} base64 */
  async unlock(base64) {
    const raw = Uint8Array.from(atob(base64), (sign) => sign.charCodeAt(0));
    this.key = await crypto.subtle.importKey("raw", raw, "AES-GCM", false, ["encrypt", "decrypt"]);
    await this.put("key", this.key);
  }

  /** Nobody is on: what is kept stays, and nobody reads it. */
  async lock() {
    this.key = null;
    await this.write("kept", (kept) => {
      for (const name of ["key", "snapshot", "actor", "scanner"]) kept.delete(name);
      kept.delete(WARDS);
    });
  }

  /** Keep a ward as it is now. @param {import("./rules.js").Snapshot} snapshot */
  async keepWard(snapshot) {
    await this.put(`ward:${snapshot.ward}`, await this.seal(snapshot));
  }

  /** The wards that are kept and can be read. @returns {Promise<import("./rules.js").Snapshot[]>} */
  async wards() {
    const rows = await answered(this.database.transaction("kept").objectStore("kept").getAll(WARDS));
    return (await Promise.all(rows.map((row) => this.unseal(row)))).filter((one) => one?.totes);
  }

  /** Forget the wards that are none of these: whoever is on now is not of them. @param {string[]} mine */
  async forgetWards(mine) {
    const names = await answered(this.database.transaction("kept").objectStore("kept").getAllKeys(WARDS));
    await this.write("kept", (kept) => names.filter((name) => !mine.includes(String(name).slice(5))).forEach((name) => kept.delete(name)));
  }

  /** @param {any} value @returns {Promise<{iv: Uint8Array<ArrayBuffer>, data: ArrayBuffer}>} */
  async seal(value) {
    if (!this.key) throw new Error("nobody is on");
    const iv = crypto.getRandomValues(new Uint8Array(12));
    return { iv, data: await crypto.subtle.encrypt({ name: "AES-GCM", iv }, this.key, new TextEncoder().encode(JSON.stringify(value))) };
  }

  /** @param {{iv: Uint8Array<ArrayBuffer>, data: ArrayBuffer} | undefined} sealed @returns {Promise<any>} */
  async unseal(sealed) {
    if (!sealed || !this.key) return null;
    try {
      const plain = await crypto.subtle.decrypt({ name: "AES-GCM", iv: sealed.iv }, this.key, sealed.data);
      return JSON.parse(new TextDecoder().decode(plain));
    } catch {
      return null; // sealed by another key
    }
  }

  /**
   * Write an event down at the end of the chain. Two tabs wait for each other; a number is never given twice.
   * @param {string} kind @param {any} payload @param {{id: string, at: string}} said
   */
  async append(kind, payload, { id, at }) {
    await navigator.locks.request("spd-append", async () => {
      const device = await this.device();
      const chain = (await this.get("chain")) ?? { sequence: 0, hash: START };
      if (chain.id === id) return; // written down before the page was killed, and asked for again
      const event = {
        event_id: id, sequence: chain.sequence + 1, kind, payload, clock_at: at, offset_ms: (await this.get("offset")) ?? 0, previous: chain.hash,
        actor: (await this.get("actor")) ?? undefined, ward: (await this.get("at")) ?? undefined, hash: "",
      };
      event.hash = await digest(device, event);
      const sealed = await this.seal(event);
      const change = this.database.transaction(["events", "kept"], "readwrite", { durability: "strict" });
      change.objectStore("events").add({ sequence: event.sequence, at: Date.now(), ...sealed });
      change.objectStore("kept").put({ sequence: event.sequence, hash: event.hash, id }, "chain");
      await finished(change);
    });
  }

  /** The first events that wait, in order. @param {number} most @returns {Promise<Event[]>} */
  async first(most) {
    const rows = await answered(this.database.transaction("events").objectStore("events").getAll(undefined, most));
    return (await Promise.all(rows.map((row) => this.unseal(row)))).filter((event) => event !== null);
  }

  /** @param {number[]} sequences */
  remove(sequences) {
    return this.write("events", (events) => sequences.forEach((number) => events.delete(number)));
  }

  waiting() {
    return answered(this.database.transaction("events").objectStore("events").count());
  }

  /** When the oldest event that waits was written down, in milliseconds; null where none waits. */
  async oldest() {
    const [row] = await answered(this.database.transaction("events").objectStore("events").getAll(undefined, 1));
    return row ? row.at : null;
  }

  /** The queue as a file: sealed as it is kept, so that only the server reads it. */
  async file() {
    const rows = await answered(this.database.transaction("events").objectStore("events").getAll());
    const base64 = (/** @type {Uint8Array} */ bytes) => btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""));
    const events = rows.map((row) => ({ iv: base64(row.iv), data: base64(new Uint8Array(row.data)) }));
    return JSON.stringify({ device: await this.device(), events });
  }
}

/** @param {IDBTransaction} change @returns {Promise<void>} */
function finished(change) {
  return new Promise((done, failed) => {
    change.oncomplete = () => done();
    change.onabort = () => failed(change.error);
  });
}
