// This file is what all scan pages do alike: send what was scanned to the page's own address, show the verdict, and put
// the parts that the server has drawn anew in their places.

import { NetworkError, post } from "./api.js";
import { PendingStore } from "./offline/pending.js";
import { PATIENCE_MS, startOffline } from "./offline/start.js";
import { SessionStore } from "./queue.js";
import { startScanPage } from "./scanpage.js";

/** @typedef {import("./verdict.js").Verdict & {state?: any, parts?: Record<string, string>, go?: string, hold?: {scan: string, until: string, several?: boolean}, books?: boolean, patient?: string, ask?: any}} Answer */

/**
 * @param {object} [options]
 * @param {(answer: Answer, codes: string[], extra: Record<string, any>) => void} [options.onAnswer] after every answer of a scan
 */
export function startFlow({ onAnswer = () => {} } = {}) {
  const held = document.getElementById("flow");
  let state = JSON.parse(held?.dataset.state ?? "{}");
  const shell = held?.dataset.shell !== undefined;
  const offline = startOffline({
    page: held?.dataset.offline ?? "",
    ward: held?.dataset.ward ?? "",
    shell,
    say: (verdict) => page.say(verdict),
  });

  /** @param {Answer} answer @param {boolean} [resumed] @returns {Answer} */
  function take(answer, resumed = false) {
    // What was left over from before a reload is answered, but the page stands on what it stands on now.
    if (!resumed && answer.state) state = answer.state;
    for (const [name, drawn] of Object.entries(answer.parts ?? {})) {
      for (const part of document.querySelectorAll(`[data-part="${name}"]`)) part.innerHTML = drawn;
    }
    return answer;
  }

  /** @param {string[]} codes @param {any} said @returns {Promise<Answer>} */
  async function asked(codes, said) {
    if (shell) await offline.local;
    if (offline.first) {
      try {
        return await offline.keep(codes, said.context, said);
      } catch (error) {
        if (!(error instanceof NetworkError)) throw error;
      }
    }
    const body = {
      codes,
      request_key: said.requestKey,
      occurred_at: said.occurredAt,
      state: said.context,
      entered: said.entered,
      reason: said.reason ?? null,
      act: said.act ?? "scan",
      answers: said.answers ?? {},
    };
    try {
      return await post(location.pathname, body, offline.keeps ? { timeoutMs: PATIENCE_MS } : {});
    } catch (error) {
      if (!(error instanceof NetworkError) || !offline.keeps) throw error;
      offline.away();
      return offline.keep(codes, said.context, said);
    }
  }

  /** What could not be scanned, and why: told at once, or kept until the server answers. @param {import("./scanpage.js").Report} told */
  async function report(told) {
    try {
      if (offline.first) throw new NetworkError("the server was away a moment ago");
      await post("/unable", { ...told, ward: offline.ward }, { timeoutMs: PATIENCE_MS });
    } catch (error) {
      if (error instanceof NetworkError) await offline.report(told);
    }
  }

  const page = startScanPage({
    context: () => state,
    store: offline.able ? new PendingStore(location.pathname, offline.sealer) : new SessionStore(location.pathname),
    onReport: (told) => void report(told),
    onScan: async (codes, said) => {
      const answer = take(await asked(codes, said), said.resumed);
      onAnswer(answer, codes, { answers: said.answers, resumed: said.resumed, entered: said.entered, reason: said.reason });
      if (answer.go && answer.class !== "stop" && !said.resumed) location.assign(answer.books ? new URL(answer.go, location.href).pathname : answer.go);
      return answer;
    },
    onUndo: async (url, key, at) => take(await post(url, { request_key: key, occurred_at: at, state })),
  });

  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (!(form instanceof HTMLFormElement) || !form.matches("[data-flow]")) return;
    event.preventDefault();
    const filled = new FormData(form);
    /** @type {Record<string, string>} */
    const answers = {};
    for (const [name, value] of filled) if (!["csrf_token", "state", "request_key", "scan", "act"].includes(name)) answers[name] = String(value);
    // The button that was tapped says something too, which FormData leaves out.
    const tapped = event.submitter;
    if (tapped instanceof HTMLButtonElement && tapped.name) answers[tapped.name] = tapped.value;
    const scan = filled.get("scan");
    page.take(scan ? [String(scan)] : [], { act: String(filled.get("act") ?? "scan"), answers });
  });

  document.addEventListener("click", async (event) => {
    const button = event.target instanceof Element ? event.target.closest("[data-number]") : null;
    if (!(button instanceof HTMLInputElement)) return;
    event.preventDefault();
    button.blur();
    const value = await page.askNumber({
      label: button.dataset.number ?? "",
      unit: button.dataset.unit ?? "",
      value: Number(button.value),
      max: button.max ? Number(button.max) : Infinity,
    });
    if (value !== null && value > 0) {
      button.value = String(value);
      button.dispatchEvent(new Event("input", { bubbles: true }));
    }
  });

  return {
    ...page,
    get state() {
      return state;
    },
    set state(next) {
      state = next;
    },
  };
}
