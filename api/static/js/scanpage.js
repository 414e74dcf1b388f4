// This file is a scan page: the wedge, the queue, the sounds, the verdicts and the dialogs, put together.

import { Problem, post } from "./api.js";
import { Bounce } from "./bounce.js";
import { startCamera } from "./camera.js";
import { Keypad } from "./keypad.js";
import { ScanQueue, SessionStore } from "./queue.js";
import { Speaker } from "./sound.js";
import { text } from "./texts.js";
import { report, startUnable } from "./unable.js";
import { StopScreen, VerdictRegion, addLine, strikeLine } from "./verdict.js";
import { Wedge } from "./wedge.js";

/** Printed cards that do what a button does begin like this: upper case, digits and hyphens survive every gun. */
export const COMMAND_PREFIX = "SPD-CMD-";
/** The card that acknowledges a STOP. */
export const ACK_CARD = `${COMMAND_PREFIX}ACK`;
/** Ten minutes; after that an undo is a correction with a reason. */
const UNDO_MS = 10 * 60 * 1000;

/**
 * What is known of a scan besides its codes. Send `requestKey` and `occurredAt` on with it.
 * @typedef {object} Said
 * @property {string} requestKey the same on every attempt of one scan
 * @property {string} occurredAt ISO 8601, when it was scanned
 * @property {any} context what `context()` gave at the first attempt
 * @property {"scanned" | "keyed"} entered
 * @property {string} [reason] why it could not be scanned
 * @property {boolean} resumed left over from before the page was loaded again
 */

/** @typedef {import("./verdict.js").Verdict} Verdict */
/** @typedef {import("./unable.js").Report} Report */

/**
 * Start a page made from scan_base.html.
 * @param {object} options
 * @param {(codes: string[], said: Said) => Promise<Verdict>} options.onScan one label in, one verdict out; may throw what api.js throws
 * @param {string} [options.name] kind of page; unsent scans are kept under it
 * @param {() => any} [options.context] what a scan stands on (encounter, delivery), plain JSON
 * @param {Record<string, () => void | Verdict | Promise<Verdict | void>>} [options.commands] by the end of the card's text: DONE, PRINT …
 * @param {(told: Report) => void} [options.onReport] how it is told that something could not be scanned
 * @param {(url: string, key: string, at: string) => Promise<Verdict>} [options.onUndo] how a line's undo URL is asked
 * @param {import("./queue.js").Store} [options.store]
 */
export function startScanPage({ onScan, name = location.pathname, context = () => undefined, commands = {}, onReport = report, onUndo = undoAt, store = new SessionStore(name) }) {
  const region = new VerdictRegion(need("verdict"));
  const stop = new StopScreen(need("stop"));
  const speaker = new Speaker({ onLock: (locked) => document.querySelector('[data-sound="locked"]')?.toggleAttribute("hidden", !locked) });
  const bounce = new Bounce();
  const list = document.getElementById("scans");

  const queue = new ScanQueue({
    store,
    context,
    send: ({ codes, key, occurredAt, extra, context: stood, resumed = false }) =>
      onScan(codes, { requestKey: key, occurredAt, context: stood, entered: "scanned", resumed, ...extra }),
    onVerdict: (verdict, entry) => verdict && answer(verdict, entry),
    onError: verdictOf,
    onProgress: showProgress,
    gate: () => (stop.isLatched ? { class: "stop", title: text("latched.title"), what: text("latched.what") } : null),
    full: () => ({ class: "stop", code: "E22", title: text("full.title"), do: text("full.do") }),
  });

  /** Who is told what a hand types while no keypad is open. @type {((keys: string) => void) | null} */
  let expected = null;

  const wedge = new Wedge({
    sink: /** @type {HTMLInputElement | null} */ (document.getElementById("sink")),
    onReceived: () => region.received(),
    onTyped: (keys) => (keypad.isOpen || !expected ? keypad.type(keys) : expected(keys)),
    onLabel: hear,
  });
  const keypadDialog = /** @type {HTMLDialogElement | null} */ (document.getElementById("keypad"));
  const keypad = new Keypad(keypadDialog ?? document.createElement("dialog"), wedge);

  /** @param {import("./wedge.js").Label} label */
  function hear({ codes, garbled, caps, at }) {
    if (codes.includes(ACK_CARD) && !garbled) {
      stop.acknowledge();
      return;
    }
    if (garbled) queue.say({ class: "stop", code: "E05", title: text("garbled.title"), do: text("garbled.do") });
    else if (caps) queue.say({ class: "stop", code: "E05", title: text("caps.title"), do: text("caps.do") });
    else if (bounce.isBounce(codes, at)) queue.say({ class: "repeat", title: text("bounce.title"), unlisted: true, bounce: true });
    else take(codes);
  }

  /** @param {string[]} codes @param {Record<string, any>} [extra] */
  function take(codes, extra) {
    closeDialogs();
    const card = codes.find((code) => code.startsWith(COMMAND_PREFIX));
    const command = card && commands[card.slice(COMMAND_PREFIX.length)];
    if (command && !stop.isLatched) return queue.act(async () => command());
    return queue.add(codes, extra);
  }

  /** @param {Verdict} verdict @param {import("./queue.js").Entry | null} [entry] */
  function answer(verdict, entry = null) {
    const night = speaker.isNight;
    speaker.play(stop.isLatched ? "stop" : verdict.class);
    if (stop.isLatched) {
      // A gun still held on the label is not a scan that was missed.
      if (verdict.bounce) stop.flash();
      else stop.miss();
    } else {
      if (verdict.class === "stop") stop.latch(verdict, { night });
      region.show(verdict, { night });
    }
    if (list && !verdict.unlisted) {
      for (const piece of verdict.pieces ?? [verdict]) {
        const line = addLine(list, { ...piece, class: verdict.class }, { onUndo: piece.undo ? undo(piece.undo) : null });
        if (entry) line.dataset.key = entry.key;
        if (typeof piece.undo === "string") line.dataset.undoUrl = piece.undo;
      }
    }
    if (verdict.struck) for (const line of list?.querySelectorAll("[data-undo-url]") ?? []) if (line instanceof HTMLElement && line.dataset.undoUrl === verdict.struck) strikeLine(line);
    showCount();
  }

  /** @param {NonNullable<Verdict["undo"]>} how */
  function undo(how) {
    const until = Date.now() + UNDO_MS;
    return (/** @type {HTMLElement} */ line) => {
      const button = line.querySelector("button");
      if (button) button.disabled = true;
      const pressedAt = new Date().toISOString();
      const task = queue.act(async (key) => {
        const verdict = typeof how === "function" ? await how() : await onUndo(how, key, pressedAt);
        return verdict && { ...verdict, unlisted: true };
      });
      task.then((verdict) => {
        // A refused undo leaves the line as it was; it may be tried again while it is fresh.
        if (verdict && verdict.class !== "stop" && !verdict.kept) strikeLine(line);
        else if (button) button.disabled = Date.now() > until;
      });
    };
  }

  /** @param {unknown} error @returns {Verdict} */
  function verdictOf(error) {
    if (error instanceof Problem) {
      if (error.status === 401) return { class: "stop", code: "E23", title: text("session.title"), do: text("session.do") };
      return error.verdict;
    }
    console.error(error);
    return { class: "stop", title: text("broken.title"), what: text("broken.what"), do: text("broken.do") };
  }

  /** @param {"idle" | "busy" | "slow" | "sending"} state @param {number} waiting */
  function showProgress(state, waiting) {
    const line = document.getElementById("progress");
    if (line) line.dataset.state = state;
    if (state === "sending" && !stop.isLatched) region.sending(waiting);
    showNet(state === "sending" ? "sending" : isOnline() ? "online" : "offline", waiting);
  }

  /** @param {"online" | "offline" | "sending"} state @param {number} waiting */
  function showNet(state, waiting) {
    const net = document.querySelector('[data-strip="net"]');
    if (!(net instanceof HTMLElement)) return;
    const said = state === "sending" ? text("waiting", { n: waiting }) : text(state);
    if (net.textContent !== said) net.textContent = said;
    net.dataset.state = state;
  }

  function showCount() {
    const slot = document.querySelector("[data-scans=count]");
    if (slot && list) slot.textContent = String(list.children.length);
  }

  function closeDialogs() {
    for (const dialog of document.querySelectorAll("dialog[open]")) /** @type {HTMLDialogElement} */ (dialog).close();
  }

  startUnable(take, onReport);
  startCamera(take, (verdict) => queue.say(verdict));
  startNight(speaker);
  startServerLines(list, undo);
  for (const change of ["online", "offline"]) addEventListener(change, () => showNet(isOnline() ? "online" : "offline", queue.waiting));
  speaker.start();
  wedge.start();
  document.documentElement.dataset.scanReady = "";
  // The field for pages without scripts had the focus until now.
  if (document.activeElement instanceof HTMLInputElement && document.activeElement !== wedge.sink) {
    document.activeElement.blur();
    scrollTo(0, 0);
  }
  showCount();
  queue.resume();

  return {
    wedge,
    queue,
    speaker,
    stop,
    keypad,
    /** Answer as if a scan had been: sound, bar, list. @param {Verdict} verdict */
    say: (verdict) => queue.say(verdict),
    /** Take codes as if they had been scanned. */
    take,
    /** Ask for a number on the big keypad. @param {Parameters<Keypad["ask"]>[0]} options */
    askNumber: (options) => keypad.ask(options),
    /** Tell what is typed at the pace of a hand, Enter as "\n"; nobody with null. @param {((keys: string) => void) | null} handler */
    expectKeys: (handler) => {
      expected = handler;
      keypad.expecting = handler !== null;
      if (!keypad.isOpen) wedge.typing = keypad.expecting;
    },
    /** Say in the strip who the patient is, or nobody. @param {string} patient */
    setPatient: (patient) => setStrip("patient", patient),
    setStrip,
  };
}

/** @param {string} url @param {string} key @param {string} at */
const undoAt = (url, key, at) => post(url, { request_key: key, occurred_at: at });

/** @param {string} part user, location or patient @param {string} said */
function setStrip(part, said) {
  const slot = document.querySelector(`[data-strip="${part}"]`);
  if (!slot) return;
  slot.textContent = said;
  slot.closest(".strip__part")?.toggleAttribute("hidden", said === "");
}

/** @param {Speaker} speaker */
function startNight(speaker) {
  const button = document.querySelector('[data-sound="night"]');
  button?.setAttribute("aria-pressed", String(speaker.isNight));
  button?.addEventListener("click", () => {
    button.setAttribute("aria-pressed", String(speaker.toggleNight()));
  });
}

/** Lines the server has drawn have a form for undoing; with scripts the same button answers in place. @param {HTMLElement | null} list @param {(how: string) => (line: HTMLElement) => void} undo */
function startServerLines(list, undo) {
  for (const button of list?.querySelectorAll("[data-undo]") ?? []) {
    const line = /** @type {HTMLElement} */ (button.closest(".scan-line"));
    const url = /** @type {HTMLElement} */ (button).dataset.undo ?? "";
    const act = undo(url);
    line.dataset.undoUrl = url;
    button.addEventListener("click", (event) => {
      event.preventDefault();
      act(line);
    });
  }
}

/** Whether there is network, and the server answered when last asked. */
const isOnline = () => navigator.onLine && document.getElementById("offline")?.dataset.state !== "offline";

/** @param {string} id @returns {HTMLElement} */
function need(id) {
  const element = document.getElementById(id);
  if (!element) throw new Error(`scan page without #${id}`);
  return element;
}
