// This file is the big keypad: a whole number by large keys, or by the digit keys of a handheld.

/** Nothing in a hospital is counted in more digits than this. */
const MAX_DIGITS = 7;

export class Keypad {
  /**
   * @param {HTMLDialogElement} dialog
   * @param {import("./wedge.js").Wedge | null} [wedge] hands over digits typed at the pace of a hand
   */
  constructor(dialog, wedge = null) {
    this.dialog = dialog;
    this.wedge = wedge;
    this.digits = "";
    /** Whether somebody waits for keys typed by hand while this is closed. */
    this.expecting = false;
    /** @type {((value: number | null) => void) | null} */
    this.answer = null;
    for (const key of dialog.querySelectorAll("[data-key]")) {
      key.addEventListener("click", () => this.press(/** @type {HTMLElement} */ (key).dataset.key ?? ""));
    }
    this.part("ok")?.addEventListener("click", () => this.confirm());
    this.part("cancel")?.addEventListener("click", () => dialog.close());
    dialog.addEventListener("close", () => this.finish(null));
  }

  /** @param {string} name @returns {HTMLElement | null} */
  part(name) {
    return this.dialog.querySelector(`[data-keypad="${name}"]`);
  }

  /**
   * Ask for a number. The first key replaces what is shown.
   * @param {{label: string, unit?: string, value?: number, max?: number}} options
   * @returns {Promise<number | null>} null when cancelled, or when a scan came instead
   */
  ask({ label, unit = "", value = 0, max = Infinity }) {
    this.finish(null);
    this.max = max;
    this.digits = "";
    this.fallback = value;
    for (const [name, said] of [["label", label], ["unit", unit], ["value", String(value)]]) {
      const part = this.part(name);
      if (part) part.textContent = said;
    }
    if (this.wedge) this.wedge.typing = true;
    this.dialog.showModal();
    return new Promise((answer) => {
      this.answer = answer;
    });
  }

  /** @param {string} key a digit, clear or erase */
  press(key) {
    if (key === "clear") this.digits = "0";
    else if (key === "erase") this.digits = (this.digits || String(this.fallback)).slice(0, -1) || "0";
    else if (/^\d$/.test(key)) {
      const next = (this.digits + key).replace(/^0+(?=\d)/, "");
      if (next.length <= MAX_DIGITS && Number(next) <= (this.max ?? Infinity)) this.digits = next;
    }
    const value = this.part("value");
    if (value) value.textContent = this.digits || String(this.fallback);
  }

  /** Keys of a real keyboard, as the wedge hands them over. @param {string} keys */
  type(keys) {
    for (const key of keys) {
      if (key === "\n") this.confirm();
      else this.press(key);
    }
  }

  confirm() {
    this.finish(this.digits === "" ? (this.fallback ?? 0) : Number(this.digits));
  }

  get isOpen() {
    return this.dialog.open;
  }

  /** @param {number | null} value */
  finish(value) {
    const { answer } = this;
    this.answer = null;
    if (this.wedge) this.wedge.typing = this.expecting;
    if (this.dialog.open) this.dialog.close();
    answer?.(value);
  }
}
