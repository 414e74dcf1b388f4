// This file is a scan page without network: what was scanned is written down here, judged by the ward's snapshot, and
// sent when the server answers again.

import { NetworkError, Problem, get } from "../api.js";
import { newKey } from "../ids.js";
import { text } from "../texts.js";
import { act } from "./acts.js";
import { drain } from "./drain.js";
import { full, isFull, MOST, near, shown } from "./room.js";
import { findItem, itemCode, readBy } from "./rules.js";
import { DeviceStore } from "./store.js";
import { named } from "./told.js";

/** With a queue at hand nobody waits longer than this for the server. */
export const PATIENCE_MS = 3000;
const EVERY_MS = 15_000;
/** A list of the ward that is older is asked for anew; unchanged, it is not sent again. */
const FRESH_MS = 5 * 60 * 1000;
/** Who acts for more wards than this keeps the one the device is at. */
const MOST_WARDS = 8;
/** Refusals are told here for so long; on the list of disputes they stay. */
const SHIFT_MS = 8 * 3600 * 1000;

/** A promise, and what keeps it. @returns {[Promise<void>, () => void]} */
function later() {
  let keep = () => {};
  return [new Promise((done) => (keep = done)), () => keep()];
}

/** Nobody is on, or the device is revoked: what waits is handed in as a file. @param {unknown} error */
const isNobody = (error) => error instanceof Problem && (error.status === 401 || error.body.code === "device-revoked");

/**
 * Start what this page does without network: `page` says how it judges scans, empty where only the server can. `keeps` is
 * false where the browser cannot, or nobody has been on yet.
 * @param {{page: string, ward: string, shell: boolean, say: (verdict: any) => void}} options
 */
export function startOffline({ page, ward, shell, say }) {
  const able = Boolean(globalThis.isSecureContext && crypto.subtle && navigator.locks && globalThis.indexedDB);
  /** @type {DeviceStore | null} */
  let store = null;
  /** What is kept of each ward, that of this device first. @type {import("./rules.js").Snapshot[]} */
  let wards = [];
  let asked = 0;
  /** @type {Promise<void> | null} */
  let refreshing = null;
  let csrf = "";
  let waiting = 0;
  /** What was refused in this shift; codes are sealed. @type {{n: number, at: number, codes?: any}} */
  let refused = { n: 0, at: 0 };
  let down = shell;
  let signedOut = false;
  /** Nothing is kept for who is on. */
  let barred = false;
  /** The server answers, and does not take what waits. */
  let stuck = false;
  // The key of the store is here, or will not come.
  const [keyed, settled] = later();
  // What this device has kept is read.
  const [local, read] = later();
  /** Codes of what this device has used. @type {Set<string>} */
  const used = new Set();

  const opened = able ? open().catch((error) => console.warn("no queue on this device:", error)).finally(() => (settled(), read())) : Promise.resolve();

  async function open() {
    store = await DeviceStore.open();
    if (store.key) settled();
    readBy(await store.get("scanner"));
    await at(ward || ((await store.get("at")) ?? ""));
    const before = await store.get("refused");
    if (before && Date.now() - before.at < SHIFT_MS) refused = before;
    for (const event of await store.first(MOST)) if (event.kind === "use" || event.kind === "emergency") used.add(itemCode(event.payload.scan) ?? "");
    read();
    // What the browser may throw away under pressure it is asked to keep.
    navigator.storage?.persist?.().catch(() => {});
    if ("serviceWorker" in navigator) navigator.serviceWorker.register("/sw.js").catch(() => {});
    await show();
    if (shell) return void refresh();
    await refresh();
  }

  /** This device is at that ward: its list comes first, and disputes go to its head nurse. @param {string} code */
  async function at(code) {
    if (!store) return;
    ward = code;
    if (code) await store.put("at", code);
    wards = (await store.wards()).sort((one, other) => Number(other.ward === ward) - Number(one.ward === ward));
  }

  /** One at a time: a network that comes and goes asks no more than a steady one. */
  function refresh() {
    refreshing ??= renewed().finally(() => {
      refreshing = null;
    });
    return refreshing;
  }

  /** Who is on, the key, and the ward as it is now. Where the server does not answer, what was kept stands. */
  async function renewed() {
    if (!store) return;
    try {
      const told = await get(`/api/v1/me/offline?device=${encodeURIComponent(await store.device())}`, { timeoutMs: PATIENCE_MS });
      signedOut = false;
      csrf = told.csrf;
      await store.unlock(told.key);
      settled();
      await store.put("actor", told.actor);
      await store.put("scanner", told.scanner);
      readBy(told.scanner);
      if (page) await lists(told.wards);
      else asked = Date.now();
      down = false;
      await empty();
    } catch (error) {
      if (isNobody(error)) await leave();
      else if (error instanceof Problem && error.status === 403) barred = true;
      else if (!(error instanceof NetworkError) && !(error instanceof Problem)) throw error;
      else down = true;
    }
    settled();
    await show();
  }

  /** The wards of who is on, as they are now. @param {string[]} mine */
  async function lists(mine) {
    if (!store) return;
    const here = mine.includes(ward) ? ward : (mine[0] ?? "");
    const wanted = mine.length > MOST_WARDS ? [here] : mine;
    await store.forgetWards(wanted);
    for (const code of wanted.filter(Boolean)) {
      try {
        await store.keepWard(await get(`/api/v1/wards/${encodeURIComponent(code)}/snapshot`));
      } catch (error) {
        // Who may not see a list still signs with the badge of who may.
        if (!(error instanceof Problem) || error.status !== 403) throw error;
      }
    }
    asked = Date.now();
    await at(here);
    // What lies here although everything is sent was undone since.
    if ((await store.waiting()) === 0) for (const code of used) if ((await findItem(wards, code)).item) used.delete(code);
  }

  /** Nobody is on: what waits stays, sealed. */
  async function leave() {
    signedOut = true;
    wards = [];
    await store?.lock();
  }

  /** Send what waits; what is refused is on the list of disputes, and said here once. */
  async function empty() {
    if (!store?.key || !csrf || (await store.waiting()) === 0) return;
    /** @type {string[]} */
    const again = [];
    try {
      const told = await drain(store, { ward, csrf, onVerdict: (verdict, event) => verdict.outcome === "refused" && again.push(tell(verdict, event)) }).finally(() => keepRefused(again));
      down = stuck = false;
      // What was sent lies here no longer.
      if (told.sent > 0) asked = 0;
    } catch (error) {
      if (isNobody(error)) await leave();
      else if (error instanceof Problem && error.body.code === "csrf-token") csrf = "";
      else if (error instanceof NetworkError) down = true;
      else {
        stuck = true;
        console.warn("queue not sent:", error);
      }
    }
    await show();
  }

  /** Gives what was scanned to be used. @param {any} verdict @param {any} event @returns {string} */
  function tell(verdict, event) {
    say({ class: "caution", code: verdict.code, title: text("offline.refused"), what: verdict.detail, unlisted: true });
    return event.kind === "count" ? "" : (event.payload.scan ?? "");
  }

  /** By the books it lies here, and nobody is sent to look for it. @returns {Promise<string[]>} */
  const refusedCodes = async () => (await store?.unseal(refused.codes)) ?? [];

  /** Also of a queue that was sent in part. @param {string[]} scans */
  async function keepRefused(scans) {
    if (!store?.key || scans.length === 0) return;
    const codes = [...(await refusedCodes()), ...scans.map((one) => itemCode(one) ?? "")];
    await store.put("refused", (refused = { n: refused.n + scans.length, at: Date.now(), codes: await store.seal(codes) }));
  }

  async function show() {
    waiting = store ? await store.waiting() : 0;
    const bar = document.getElementById("offline");
    if (!bar) return;
    const lines = [];
    if (signedOut && waiting > 0) lines.push(text("offline.signin", { n: waiting }));
    else if (down) lines.push(text("offline.bar", { n: waiting }));
    else if (waiting > 0) lines.push(text(stuck ? "offline.stuck" : "offline.sending", { n: waiting }));
    else if (shell) lines.push(text("offline.back"));
    const soon = await near(store, waiting);
    if (soon) lines.push(soon);
    if (down && wards.length > 0 && page) lines.push(text("offline.age", { at: shown(Date.parse(wards[0].taken_at)) }));
    else if (down && page && page !== "sign") lines.push(text("offline.none"));
    if (refused.n > 0) lines.push(text("offline.disputes", { n: refused.n }));
    bar.hidden = lines.length === 0;
    bar.toggleAttribute("data-near", Boolean(soon));
    bar.dataset.state = down ? "offline" : waiting > 0 ? "sending" : "online";
    bar.dataset.waiting = String(waiting);
    bar.dataset.ready = String(keeps());
    bar.dataset.ward = ward;
    showWards();
    const said = bar.querySelector("[data-offline=said]");
    if (said && said.textContent !== lines.join(" · ")) said.textContent = lines.join(" · ");
    bar.querySelector("[data-offline=export]")?.toggleAttribute("hidden", waiting === 0);
    bar.querySelector("[data-offline=again]")?.toggleAttribute("hidden", !(shell && !down && waiting === 0));
  }

  /** Which ward this device is at, where whoever is on has several. */
  function showWards() {
    const box = document.getElementById("wards");
    if (!box) return;
    box.hidden = !page || wards.length < 2;
    const drawn = [...wards].sort((one, other) => one.ward.localeCompare(other.ward)).map((one) => {
      const button = document.createElement("button");
      button.type = "button";
      button.className = "button";
      button.dataset.ward = one.ward;
      button.setAttribute("aria-pressed", String(one.ward === ward));
      button.textContent = named(one);
      return button;
    });
    const same = drawn.map((one) => one.outerHTML).join("");
    if (box.dataset.drawn !== same) box.querySelector("[data-wards]")?.replaceChildren(...drawn);
    box.dataset.drawn = same;
  }

  document.getElementById("wards")?.addEventListener("click", async (event) => {
    const chosen = event.target instanceof HTMLElement ? event.target.dataset.ward : "";
    if (!chosen) return;
    await at(chosen);
    await show();
  });

  /** Whether scans can be kept here: a signature needs no list, all else does. */
  const keeps = () => Boolean(page && store?.key && (wards.length > 0 || page === "sign"));

  document.querySelector("[data-offline=export]")?.addEventListener("click", async () => {
    if (!store) return;
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([await store.file()], { type: "application/json" }));
    link.download = `spd-${await store.device()}-${new Date().toISOString().slice(0, 16).replace(/\D/g, "")}.json`;
    link.click();
    URL.revokeObjectURL(link.href);
  });
  document.querySelector("[data-offline=again]")?.addEventListener("click", () => location.reload());
  if (able) {
    addEventListener("online", () => refresh());
    setInterval(() => !barred && (down || !csrf || Date.now() - asked > FRESH_MS ? refresh() : empty()), EVERY_MS);
  }

  return {
    able,
    opened,
    local,
    /** The store with its key, once that is here; null where it will not come. */
    sealer: async () => {
      await keyed;
      return store?.key ? store : null;
    },
    get ward() {
      return ward;
    },
    /** Keep that something could not be scanned, for when the server answers. @param {import("../scanpage.js").Report} said */
    async report({ request_key, occurred_at, code, ...said }) {
      if (!store?.key) return;
      const typed = code ? { code, report: request_key } : {};
      await store.append("unable", { reason: said.reason, page: said.page, ...typed }, { id: code ? newKey() : request_key, at: occurred_at });
      void (down && navigator.onLine ? refresh() : empty());
      void show();
    },
    /** Whether scans can be kept here. */
    get keeps() {
      return keeps();
    },
    /** Whether the next scan is kept without asking the server first: it was away a moment ago, or others wait. */
    get first() {
      return keeps() && (shell || down || waiting > 0);
    },
    /**
     * What a scan comes to without the server. Throws NetworkError where only the server can say.
     * @param {string[]} codes @param {any} state @param {import("./acts.js").Said & {requestKey: string}} said
     */
    async keep(codes, state, said) {
      const kept = store && keeps() ? await act(page, codes, state ?? {}, said, wards, new Set([...used, ...(await refusedCodes())])) : null;
      if (!store || !kept) throw new NetworkError("nothing of it is kept here");
      if (kept.kind) {
        if (kept.once && used.has(kept.once)) return { class: "repeat", code: "E03", title: text("offline.twice"), what: kept.answer.title, state: kept.answer.state };
        if (await isFull(store, waiting)) return kept.kind === "caught" ? kept.answer : full(store, waiting, state);
        try {
          await store.append(kept.kind, kept.payload, { id: said.requestKey, at: said.occurredAt });
        } catch (error) {
          // The browser has no room: said before anything is lost.
          if (error instanceof DOMException) return full(store, waiting, state);
          throw error;
        }
        if (kept.once) used.add(kept.once);
        waiting += 1;
      }
      // Sending waits for nobody, and nobody waits for it.
      void (down && navigator.onLine ? refresh() : empty());
      void show();
      return kept.answer;
    },
    /** The server did not answer. */
    away() {
      down = true;
      void show();
    },
  };
}
