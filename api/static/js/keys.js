// This file is one key press turned into the ASCII character the gun meant, whatever the keyboard layout or input method.

/** GS, the separator between GS1 element strings. Guns have many ways to type it, see `meaning`. */
export const GS = "\x1d";

/** Physical key -> [plain, with Shift] on the US layout, which is what guns type on. @type {Record<string, [string, string]>} */
const PHYSICAL = {
  Space: [" ", " "],
  Minus: ["-", "_"],
  Equal: ["=", "+"],
  BracketLeft: ["[", "{"],
  BracketRight: ["]", "}"],
  Backslash: ["\\", "|"],
  Semicolon: [";", ":"],
  Quote: ["'", '"'],
  Backquote: ["`", "~"],
  Comma: [",", "<"],
  Period: [".", ">"],
  Slash: ["/", "?"],
  NumpadAdd: ["+", "+"],
  NumpadSubtract: ["-", "-"],
  NumpadMultiply: ["*", "*"],
  NumpadDivide: ["/", "/"],
  NumpadDecimal: [".", "."],
};
for (const [index, symbol] of [...")!@#$%^&*("].entries()) {
  PHYSICAL[`Digit${index}`] = [String(index), symbol];
  PHYSICAL[`Numpad${index}`] = [String(index), String(index)];
}
for (const letter of "ABCDEFGHIJKLMNOPQRSTUVWXYZ") PHYSICAL[`Key${letter}`] = [letter.toLowerCase(), letter];

/** Control characters typed as Ctrl + key: GS, FS, RS, US for barcodes; CR, LF, TAB as terminators; EOT ends an ISO 15434 message. */
const CONTROL = /** @type {Record<string, string>} */ ({
  BracketRight: GS,
  Backslash: "\x1c",
  Digit6: "\x1e",
  Minus: "\x1f",
  KeyM: "\r",
  KeyJ: "\n",
  KeyI: "\t",
  KeyD: "\x04",
});

/** Characters whose keys also mean something to a browser: Space clicks, Ctrl+D bookmarks, Ctrl+6 and Ctrl+- change tab and zoom. */
export const NATIVE_TOO = new Set([" ", "\x04", "\x1e", "\x1f"]);

/**
 * What one key press means.
 *  char:     a character of the code (caps: it is a letter and Caps Lock is on)
 *  end:      the code is complete
 *  hidden:   the input method swallowed it; what it was will come as an input event
 *  garbled:  a character that no barcode of ours holds
 *  none:     Shift, arrows and the like
 * @typedef {{kind: "char", char: string, caps?: boolean}
 *   | {kind: "end" | "hidden" | "garbled" | "none"}} Meaning
 */

/**
 * @param {Pick<KeyboardEvent, "key" | "code" | "shiftKey" | "ctrlKey" | "altKey" | "metaKey" | "isComposing" | "keyCode"> & {getModifierState?: (name: string) => boolean}} event
 * @returns {Meaning}
 */
export function meaning(event) {
  if (event.isComposing || event.keyCode === 229 || event.key === "Process") return { kind: "hidden" };
  if (event.code === "F8" || event.key === "F8" || event.key === GS) return { kind: "char", char: GS };
  if (event.ctrlKey && !event.altKey && !event.metaKey) {
    const control = CONTROL[event.code] ?? (event.key === "]" ? GS : undefined);
    if (control === "\r" || control === "\n" || control === "\t") return { kind: "end" };
    return control ? { kind: "char", char: control } : { kind: "none" };
  }
  if (event.ctrlKey || event.metaKey || event.altKey) return { kind: "none" };
  if (["Enter", "Tab"].includes(event.key) || ["Enter", "NumpadEnter", "Tab"].includes(event.code)) return { kind: "end" };
  const pair = PHYSICAL[event.code];
  if (pair) {
    const caps = event.code.startsWith("Key") && Boolean(event.getModifierState?.("CapsLock"));
    // Where the platform agrees that this key gives one of its two characters, it also knows which of them.
    const char = pair.includes(event.key) ? event.key : pair[event.shiftKey !== caps ? 1 : 0];
    return { kind: "char", char, caps };
  }
  // Android and remote desktops leave `code` empty; then `key` is all there is.
  if (event.key === "Unidentified" || event.key === "Dead") return { kind: "hidden" };
  if ([...event.key].length !== 1) return { kind: "none" };
  return isAscii(event.key) ? { kind: "char", char: event.key } : { kind: "garbled" };
}

/** @param {string} text */
export function isAscii(text) {
  // eslint-disable-next-line no-control-regex
  return /^[\x00-\x7f]*$/.test(text);
}

/** @param {string} text */
export function swapCase(text) {
  return text.replace(/[a-z]/gi, (letter) => (letter < "a" ? letter.toLowerCase() : letter.toUpperCase()));
}

/**
 * The right reading of a code typed under Caps Lock, or null when that cannot be known. Some guns correct for Caps
 * Lock and some do not; an AIM identifier in front (`]C1`, `]d2`, `]Q3`) tells which, since its case is fixed.
 * @param {string} raw as the key presses read
 * @returns {string | null}
 */
export function readUnderCaps(raw) {
  if (!/[a-z]/i.test(raw)) return raw;
  if (/^\][CdQLz]/.test(raw)) return raw;
  if (/^\][cDqlZ]/.test(raw)) return swapCase(raw);
  return null;
}
