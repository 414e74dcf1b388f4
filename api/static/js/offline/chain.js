// This file is the small chain of this device: each event is hashed over what it says and over the event before it.

/** What the first event stands on. */
export const START = "0".repeat(64);

/** @param {Uint8Array | ArrayBuffer} bytes */
export const hex = (bytes) => Array.from(new Uint8Array(bytes), (byte) => byte.toString(16).padStart(2, "0")).join("");

/** @param {Uint8Array<ArrayBuffer>} bytes @returns {Promise<string>} */
export const sha256 = async (bytes) => hex(await crypto.subtle.digest("SHA-256", bytes));

/**
 * A value as one text, the same whatever the order of its fields; as Python's `json.dumps(…, sort_keys=True)` writes it.
 * @param {any} value
 * @returns {string}
 */
export function written(value) {
  if (Array.isArray(value)) return `[${value.map(written).join(",")}]`;
  if (value === null || typeof value !== "object") return JSON.stringify(value);
  const fields = Object.keys(value).filter((name) => value[name] !== undefined);
  return `{${fields.sort().map((name) => `${JSON.stringify(name)}:${written(value[name])}`).join(",")}}`;
}

/**
 * The hash of an event, as `spd/offline/chain.py` makes it.
 * @param {string} device
 * @param {{event_id: string, sequence: number, kind: string, payload: any, clock_at: string, offset_ms: number, previous: string}} event
 */
export function digest(device, event) {
  const said = [event.event_id, device, event.sequence, event.kind, Date.parse(event.clock_at), event.offset_ms, written(event.payload), event.previous];
  return sha256(new TextEncoder().encode(said.join("\n")));
}
