// This file is the ear of a scan page: key presses of a scanner ("keyboard wedge") in, labels out, in order, none dropped.
//
// A code ends with its terminator (Enter, Tab, CR, LF). Guns without one are heard by silence, but only if what came
// before was a burst too fast for a hand. Codes that end within 150 ms of each other were in one view and are one label.

import { OWN_THING } from "./ids.js";
import { GS, NATIVE_TOO, isAscii, meaning, readUnderCaps } from "./keys.js";

/** Silence that ends a burst, for guns that send no terminator. */
export const IDLE_MS = 120;
/** The same once this device has been heard to send terminators: a pause is then a hiccup, and cutting there would truncate. */
export const IDLE_WITH_TERMINATOR_MS = 400;
/** Slowest gun we take for a gun without a terminator; hands need longer between keys. */
export const BURST_KEY_MS = 50;
/** Shortest burst taken without a terminator. */
export const BURST_MIN_CHARS = 5;
/** A code that never ended is given up after this: somebody leaned on the keyboard. */
export const STALE_MS = 2500;
/** Codes that end this close together were in one view of the imager (rule R4). */
export const LABEL_MS = 150;
/** CR is often followed by LF: a second terminator this soon belongs to the first. */
const TAIL_MS = 150;
/** Longest code we keep. QR codes of our suppliers stay under 1,000; this is a guard against a stuck key. */
const MAX_CHARS = 4096;

/**
 * @typedef {object} Code
 * @property {string} text what the gun meant, GS as \x1d
 * @property {boolean} garbled not ASCII, or touched by an input method: never to be guessed at
 * @property {boolean} caps letters whose case Caps Lock has made uncertain
 * @property {number} at when it ended, in milliseconds of the page's clock
 * @property {"terminator" | "idle"} end
 */

/**
 * @typedef {object} Label
 * @property {string[]} codes one or more, in the order read, without repeats
 * @property {boolean} garbled
 * @property {boolean} caps
 * @property {number} at when its first code ended
 */

export class Wedge {
  /**
   * @param {object} options
   * @param {(label: Label) => void} options.onLabel each physical label once, in order
   * @param {() => void} [options.onReceived] at the very moment a code is complete, before it is known to be a whole label
   * @param {(keys: string) => void} [options.onTyped] slow digits and "\n", while `typing` is on (the keypad is open)
   * @param {HTMLInputElement | null} [options.sink] hidden field for keys that the platform hides
   * @param {EventTarget} [options.target]
   */
  constructor({ onLabel, onReceived = () => {}, onTyped = () => {}, sink = null, target = document }) {
    this.onLabel = onLabel;
    this.onReceived = onReceived;
    this.onTyped = onTyped;
    this.sink = sink;
    this.target = target;
    /** Set while a keypad is open: digits at the pace of a hand then go to `onTyped`. */
    this.typing = false;

    this.buffer = "";
    this.garbled = false;
    this.caps = false;
    this.firstAt = 0;
    this.lastAt = 0;
    this.endedAt = -Infinity;
    this.terminatorSeen = false;
    /** @type {string | null} digits of an Alt + numpad character under way */
    this.altDigits = null;
    this.altAt = -Infinity;
    /** @type {Code[]} codes of the label under way */
    this.label = [];
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    this.idleTimer = undefined;
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    this.labelTimer = undefined;
    /** @type {AbortController | null} */
    this.listening = null;
  }

  /** Listen at the document, before any button or field sees the keys. */
  start() {
    this.listening = new AbortController();
    const options = { capture: true, signal: this.listening.signal };
    this.target.addEventListener("keydown", (event) => this.onKeyDown(/** @type {KeyboardEvent} */ (event)), options);
    this.target.addEventListener("keyup", (event) => this.onKeyUp(/** @type {KeyboardEvent} */ (event)), options);
    this.target.addEventListener("paste", (event) => this.onPaste(/** @type {ClipboardEvent} */ (event)), options);
    this.sink?.addEventListener("input", (event) => this.onSinkInput(/** @type {InputEvent} */ (event)), options);
    this.sink?.addEventListener("compositionend", (event) => this.onComposed(/** @type {CompositionEvent} */ (event)), options);
    // Android delivers what a built-in imager reads to the focused field only.
    if (/Android/.test(navigator.userAgent)) {
      this.focusSink();
      this.target.addEventListener("click", () => setTimeout(() => this.reclaimFocus()), options);
    }
    return this;
  }

  stop() {
    this.listening?.abort();
    clearTimeout(this.idleTimer);
    clearTimeout(this.labelTimer);
  }

  /** Whether a gun is typing, or has just ended: Enter, Tab and Space then belong to it and never to a button. */
  isBurst(/** @type {number} */ at) {
    return (this.buffer !== "" && at - this.lastAt < STALE_MS) || this.garbled || at - this.endedAt < TAIL_MS;
  }

  /** @param {KeyboardEvent} event */
  onKeyDown(event) {
    if (this.isForeignField(event.target)) return;
    const at = event.timeStamp;
    if (event.key === "Alt" || (event.altKey && this.altDigits !== null && /^Numpad\d$/.test(event.code))) {
      if (event.key === "Alt") this.altDigits = event.repeat ? this.altDigits : "";
      else this.altDigits += event.code.slice(-1);
      event.preventDefault();
      return;
    }
    const said = meaning(event);
    if (said.kind === "none") return;
    if (said.kind === "hidden") {
      // Keys hidden from us with the sink not yet in place are lost: this code would come out short.
      if (event.keyCode === 229 && this.sink && document.activeElement !== this.sink) this.spoil(at);
      this.focusSink();
      return;
    }
    if (said.kind === "end") {
      if (!this.isBurst(at)) {
        // With the keypad open, Enter confirms it, unless a key of it is being pressed with Enter.
        if (this.typing && event.key === "Enter" && !(event.target instanceof HTMLButtonElement)) {
          take(event);
          this.onTyped("\n");
        }
        return;
      }
      take(event);
      this.end(at, "terminator");
      return;
    }
    // Space and most Ctrl combinations are the buttons' and the browser's unless a gun is typing.
    if (said.kind === "char" && NATIVE_TOO.has(said.char) && !this.isBurst(at)) {
      return;
    }
    take(event);
    if (event.repeat) return;
    if (said.kind === "garbled") this.spoil(at);
    else this.hear(said.char, at, said.caps);
  }

  /** @param {KeyboardEvent} event */
  onKeyUp(event) {
    if (event.key === "Alt" && this.altDigits !== null) {
      const digits = this.altDigits;
      this.altDigits = null;
      if (digits === "") return;
      take(event);
      this.altAt = event.timeStamp;
      const code = Number.parseInt(digits, 10);
      if (code === 13 || code === 10 || code === 9) this.end(event.timeStamp, "terminator");
      else if (code > 0 && code < 128) this.hear(String.fromCharCode(code), event.timeStamp);
      else this.spoil(event.timeStamp);
      return;
    }
    // Firefox clicks a focused button on the keyup of Space.
    if ((event.code === "Space" || event.key === "Enter") && this.isBurst(event.timeStamp)) take(event);
  }

  /** Some handhelds paste instead of typing. @param {ClipboardEvent} event */
  onPaste(event) {
    if (this.isForeignField(event.target)) return;
    event.preventDefault();
    this.hearText(event.clipboardData?.getData("text") ?? "", event.timeStamp);
  }

  /** @param {InputEvent} event */
  onSinkInput(event) {
    if (event.isComposing || this.sink === null) return;
    const text = this.sink.value;
    this.sink.value = "";
    // Alt + numpad also inserts its character, which we have already heard.
    if (event.timeStamp - this.altAt < 50 && text.length <= 1) return;
    this.hearText(text, event.timeStamp);
  }

  /** What an input method has composed may have been changed on the way, even if it looks like ASCII. @param {CompositionEvent} event */
  onComposed(event) {
    if (this.sink) this.sink.value = "";
    if (event.data) this.spoil(event.timeStamp);
  }

  /** @param {string} text @param {number} at */
  hearText(text, at) {
    for (const char of text) {
      if (char === "\r" || char === "\n" || char === "\t") {
        if (this.buffer !== "" || this.garbled) this.end(at, "terminator");
      } else if (isAscii(char)) this.hear(char, at);
      else this.spoil(at);
    }
  }

  /** @param {string} char @param {number} at @param {boolean} [caps] */
  hear(char, at, caps = false) {
    if (this.buffer === "" && !this.garbled) this.firstAt = at;
    else if (at - this.lastAt > STALE_MS) {
      this.forget();
      this.firstAt = at;
    }
    if (this.buffer.length < MAX_CHARS) this.buffer += char;
    this.caps ||= caps;
    this.lastAt = at;
    this.awaitIdle();
  }

  /** @param {number} at */
  spoil(at) {
    this.garbled = true;
    if (this.buffer === "") this.firstAt = at;
    this.lastAt = at;
    this.awaitIdle();
  }

  forget() {
    this.buffer = "";
    this.garbled = false;
    this.caps = false;
  }

  awaitIdle() {
    clearTimeout(this.idleTimer);
    const wait = this.typing || !this.terminatorSeen ? IDLE_MS : IDLE_WITH_TERMINATOR_MS;
    this.idleTimer = setTimeout(() => this.onIdle(), wait);
  }

  onIdle() {
    if (this.garbled || this.isFast()) {
      this.end(this.lastAt, "idle");
      return;
    }
    if (this.typing) {
      const typed = this.buffer;
      this.forget();
      this.onTyped(typed);
      return;
    }
    // Too slow for a gun without terminators: it may be a slow gun with one, so wait for that, but not for ever.
    this.idleTimer = setTimeout(() => this.forget(), STALE_MS);
  }

  isFast() {
    const gaps = this.buffer.length - 1;
    return this.buffer.length >= BURST_MIN_CHARS && (this.lastAt - this.firstAt) / gaps <= BURST_KEY_MS;
  }

  /** @param {number} at @param {"terminator" | "idle"} end */
  end(at, end) {
    clearTimeout(this.idleTimer);
    this.endedAt = at;
    if (this.buffer === "" && !this.garbled) return;
    const raw = this.buffer;
    const { garbled, caps } = this;
    const byHand = this.typing && !garbled && !this.isFast();
    this.forget();
    if (byHand) {
      this.endedAt = -Infinity;
      this.onTyped(`${raw}\n`);
      return;
    }
    if (end === "terminator") this.terminatorSeen = true;
    const read = caps ? readUnderCaps(raw) : raw;
    // Where GS cannot be typed, guns are set up to print it like this.
    const text = (read ?? raw).replaceAll("{GS}", GS);
    this.complete({ text, garbled, caps: read === null, at, end });
  }

  /** @param {Code} code */
  complete(code) {
    const first = this.label[0];
    if (first && code.at - /** @type {Code} */ (this.label.at(-1)).at > LABEL_MS) this.closeLabel();
    // Two of our own labels are on two things, however quickly one follows the other: none may swallow the other.
    else if (isThing(code) && this.label.some((one) => isThing(one) && one.text !== code.text)) this.closeLabel();
    this.label.push(code);
    this.onReceived();
    clearTimeout(this.labelTimer);
    this.labelTimer = setTimeout(() => this.closeLabel(), LABEL_MS);
  }

  closeLabel() {
    clearTimeout(this.labelTimer);
    const codes = this.label;
    this.label = [];
    if (codes.length === 0) return;
    // A label with one readable code is readable: a second one that came out spoilt is an extra.
    const clean = codes.filter((code) => !code.garbled && !code.caps);
    const kept = clean.length > 0 ? clean : codes;
    this.onLabel({
      codes: [...new Set(kept.map((code) => code.text))],
      garbled: clean.length === 0 && codes.some((code) => code.garbled),
      caps: clean.length === 0 && codes.some((code) => code.caps),
      at: codes[0].at,
    });
  }

  focusSink() {
    if (this.sink && document.activeElement !== this.sink) this.sink.focus({ preventScroll: true });
  }

  /** After a tap on a button the sink must have the focus again, or the next scan goes nowhere. */
  reclaimFocus() {
    if (!this.isForeignField(document.activeElement) && !document.querySelector("dialog[open]")) this.focusSink();
  }

  /** A real text field, in a dialog: what is typed there is the person's, not the gun's. @param {EventTarget | null} target */
  isForeignField(target) {
    if (!(target instanceof HTMLElement) || target === this.sink) return false;
    return target.isContentEditable || target.matches("textarea, select, input:not([type=button], [type=submit], [type=checkbox], [type=radio])");
  }
}

/** @param {Code} code */
const isThing = (code) => OWN_THING.test(code.text.replace(/^\][A-Za-z]\d/, ""));

/** @param {Event} event */
function take(event) {
  event.preventDefault();
  event.stopImmediatePropagation();
}
