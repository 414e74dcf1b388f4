// This file is the form of our own labels, and the maker of request keys: UUIDv7, so that keys sort by the time they were made (RFC 9562, 5.7).

let lastMs = 0;
let counter = 0;

/**
 * A new UUIDv7. Keys made within one millisecond still rise, by a counter in `rand_a`.
 * @param {number} [now] milliseconds since 1970
 * @returns {string}
 */
export function newKey(now = Date.now()) {
  if (now > lastMs) {
    lastMs = now;
    counter = 0;
  } else {
    counter += 1;
    if (counter > 0xfff) {
      // 4,096 keys in a millisecond, or a clock set back: borrow the next millisecond rather than repeat.
      lastMs += 1;
      counter = 0;
    }
  }
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  let ms = lastMs;
  for (let index = 5; index >= 0; index -= 1) {
    bytes[index] = ms % 256;
    ms = Math.floor(ms / 256);
  }
  bytes[6] = 0x70 | (counter >> 8);
  bytes[7] = counter & 0xff;
  bytes[8] = 0x80 | (bytes[8] & 0x3f);
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
}

/** Our labels of things, not those of places, people or patients. Source: scanners/own.py. */
export const OWN_THING = /^[UPBK][0-9A-HJKMNP-TV-Z]{12}[0-9A-Z]$/;
