// This file is how a scan is answered on the screen: the bar, the running list's line, and the latched STOP.

import { VERDICT_ICONS, icon, text } from "./texts.js";

/**
 * @typedef {object} Verdict
 * @property {"ok" | "repeat" | "caution" | "stop" | "queued"} class
 * @property {string} [code] E01 to E24
 * @property {string} [word] what is said of it in one word, where its class does not
 * @property {string} title product name, or what is wrong
 * @property {string} [what]
 * @property {string} [why]
 * @property {string} [do]
 * @property {number | string} [count] running count, shown large
 * @property {string} [count_label] under the count: "of 20", "boxes"
 * @property {string | (() => Promise<Verdict>)} [undo] URL to POST to, or what to do
 * @property {string} [note] second line in the running list
 * @property {Verdict[]} [pieces] what one scan booked, where it is several things: each has a line of its own
 * @property {boolean} [unlisted] leave it out of the running list
 * @property {string} [struck] the undo URL of a line that was undone otherwise
 * @property {boolean} [kept] of an undo: it was not done yet, the line stays
 * @property {boolean} [bounce] the same label still in front of the gun
 * @property {{href: string, text: string} | null} [link] a page on which more can be done about it
 */

/** @param {HTMLElement} region @param {string} name @param {string} said */
function put(region, name, said) {
  const slot = region.querySelector(`[data-verdict="${name}"], [data-stop="${name}"]`);
  if (slot && slot.textContent !== said) slot.textContent = said;
}

/** @param {HTMLElement} region @param {Verdict} verdict */
function fill(region, verdict) {
  for (const name of /** @type {const} */ (["code", "title", "what", "why", "do"])) put(region, name, verdict[name] ?? "");
  lead(region, verdict.link);
}

/** @param {HTMLElement} region @param {Verdict["link"]} [link] */
function lead(region, link) {
  const slot = region.querySelector('[data-verdict="link"], [data-stop="link"]');
  if (!(slot instanceof HTMLAnchorElement)) return;
  slot.hidden = !link;
  slot.textContent = link?.text ?? "";
  if (link) slot.href = link.href;
}

export class VerdictRegion {
  /** @param {HTMLElement} region */
  constructor(region) {
    this.region = region;
    this.beat = "b";
  }

  /** The mark that a code has been heard, before anything is known of it. */
  received() {
    this.region.dataset.received = "";
  }

  /** @param {Verdict} verdict @param {{night?: boolean}} [options] */
  show(verdict, { night = false } = {}) {
    const { region } = this;
    delete region.dataset.received;
    delete region.dataset.busy;
    region.dataset.class = verdict.class;
    region.toggleAttribute("data-night", night);
    // Alternating, so that the same verdict twice is seen to come twice.
    this.beat = this.beat === "a" ? "b" : "a";
    region.dataset.beat = this.beat;
    region.querySelector(".verdict__icon")?.replaceChildren(icon(VERDICT_ICONS[verdict.class] ?? "scan"));
    put(region, "word", verdict.word ?? text(`word.${verdict.class}`));
    fill(region, verdict);
    this.count(verdict.count, verdict.count_label);
  }

  /** @param {number | string | undefined} count @param {string} [label] */
  count(count, label) {
    const slot = this.region.querySelector('[data-verdict="count"]');
    if (!slot) return;
    slot.textContent = count === undefined || count === null ? "" : String(count);
    if (slot.textContent && label) {
      const small = document.createElement("small");
      small.textContent = label;
      slot.append(small);
    }
  }

  /** The scan is kept and is still on its way; its verdict comes later. @param {number} waiting */
  sending(waiting) {
    const { region } = this;
    if (region.dataset.busy === "sending") {
      put(region, "what", text("sending.what", { n: waiting }));
      return;
    }
    delete region.dataset.class;
    region.dataset.busy = "sending";
    region.querySelector(".verdict__icon")?.replaceChildren(icon("queued"));
    put(region, "word", "");
    fill(region, { class: "queued", title: text("sending.title"), what: text("sending.what", { n: waiting }) });
    this.count(undefined);
  }
}

export class StopScreen {
  /**
   * @param {HTMLElement} screen
   * @param {() => void} [onAcknowledged]
   */
  constructor(screen, onAcknowledged = () => {}) {
    this.screen = screen;
    this.onAcknowledged = onAcknowledged;
    this.missed = 0;
    this.also = "";
    /** @type {Element | null} */
    this.focusedBefore = null;
    this.beat = "b";
    screen.querySelector('[data-stop="ok"]')?.addEventListener("click", (event) => {
      event.preventDefault();
      this.acknowledge();
    });
  }

  get isLatched() {
    return !this.screen.hidden;
  }

  /** @param {Verdict} verdict @param {{night?: boolean}} [options] */
  latch(verdict, { night = false } = {}) {
    this.missed = 0;
    fill(this.screen, verdict);
    put(this.screen, "missed", this.also);
    this.screen.toggleAttribute("data-night", night);
    this.focusedBefore = document.activeElement;
    for (const dialog of document.querySelectorAll("dialog[open]")) /** @type {HTMLDialogElement} */ (dialog).close();
    for (const part of document.querySelectorAll("[data-shell]")) part.toggleAttribute("inert", true);
    this.screen.hidden = false;
    this.flash();
    // To the screen, not to its button: a stray Enter must not acknowledge.
    this.screen.focus({ preventScroll: true });
  }

  /** A scan came while latched: it is answered, and counted as not recorded. */
  miss() {
    this.missed += 1;
    put(this.screen, "missed", [text("missed", { n: this.missed }), this.also].filter(Boolean).join(" "));
    this.flash();
  }

  /** What else waits until this is answered. @param {string} also */
  tell(also) {
    if (this.also === also) return;
    this.also = also;
    if (this.isLatched) put(this.screen, "missed", [this.missed ? text("missed", { n: this.missed }) : "", also].filter(Boolean).join(" "));
  }

  flash() {
    this.beat = this.beat === "a" ? "b" : "a";
    this.screen.dataset.beat = this.beat;
  }

  acknowledge() {
    if (!this.isLatched) return;
    this.screen.hidden = true;
    for (const part of document.querySelectorAll("[data-shell]")) part.toggleAttribute("inert", false);
    if (this.focusedBefore instanceof HTMLElement) this.focusedBefore.focus({ preventScroll: true });
    this.onAcknowledged();
  }
}

/** @param {string} name @param {string} kind @param {string} [said] */
function made(name, kind, said = "") {
  const element = document.createElement(name);
  element.className = kind;
  element.textContent = said;
  return element;
}

/**
 * One line of the running list, newest first.
 * @param {HTMLElement} list
 * @param {Verdict} verdict
 * @param {{time?: string, onUndo?: ((line: HTMLElement) => void) | null}} [options]
 */
export function addLine(list, verdict, { time = clock(new Date()), onUndo = null } = {}) {
  const line = made("li", "scan-line");
  line.dataset.class = verdict.class;
  const mark = made("span", "scan-line__icon");
  mark.append(icon(VERDICT_ICONS[verdict.class] ?? "scan"));
  const body = document.createElement("div");
  body.append(made("p", "scan-line__title", verdict.title));
  const said = verdict.note ?? verdict.what ?? "";
  if (said) body.append(made("p", "scan-line__note", said));
  line.append(mark, body, made("span", "scan-line__time", time));
  if (onUndo) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "button";
    button.append(icon("undo"), made("span", "", text("undo")));
    button.addEventListener("click", () => onUndo(line));
    line.append(button);
  }
  list.prepend(line);
  return line;
}

/** @param {HTMLElement} line */
export function strikeLine(line) {
  line.dataset.undone = "";
  line.querySelector("button")?.remove();
  const when = line.querySelector(".scan-line__time");
  if (when) when.textContent = text("undone");
}

/** @param {Date} at */
export function clock(at) {
  return `${String(at.getHours()).padStart(2, "0")}:${String(at.getMinutes()).padStart(2, "0")}`;
}
