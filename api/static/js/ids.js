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

const SIGNS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ";
/** What only our own labels look like: a letter for the kind and thirteen signs. */
export const OWN = /^[UPBKLSWHDCT][0-9A-Z]{13}$/;

/** The check character of ISO/IEC 7064 MOD 37,36. @param {string} said */
function check(said) {
  let left = 36;
  for (const sign of said) left = ((((left + SIGNS.indexOf(sign)) % 36) || 36) * 2) % 37;
  return SIGNS[(37 - left) % 36];
}

/**
 * Our label as it is printed, or null where it is none of ours or its check character does not hold. I and L are taken
 * for 1 and O for 0, as people read them. Source: scanners/own.py.
 * @param {string} said
 */
export function canonical(said) {
  const raised = said.toUpperCase();
  if (!OWN.test(raised)) return null;
  const body = raised[0] + raised.slice(1, -1).replace(/[IL]/g, "1").replace(/O/g, "0");
  return !body.includes("U", 1) && raised[13] === check(body) ? body + raised[13] : null;
}

/** Whether a GTIN ends in the digit that those before it ask for. Source: GS1 General Specifications 7.9. @param {string} digits */
export function isGtin(digits) {
  const sum = [...digits].reverse().reduce((left, digit, place) => left + Number(digit) * (place % 2 ? 3 : 1), 0);
  return sum % 10 === 0;
}
