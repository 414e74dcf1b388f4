// This file is what a scan means without network, on each page: an event for the queue, or a verdict that needs none.

import { text } from "../texts.js";
import { count } from "./count.js";
import { conflict, expired, findByLabel, findItem, findPatient, isPast, itemCode, labelSaid, mayReadSuppliers, misread, plain, readAs, recalled, sooner } from "./rules.js";
import { sign } from "./sign.js";
import { named, next, queued, repeat, stop } from "./told.js";

const HOLD_MS = 60 * 1000;
/** Patients that nobody knows yet are told apart by these. */
const TAGS = ["A", "B", "C", "D"];

/** @typedef {import("./rules.js").Snapshot[]} Wards */

/**
 * @typedef {object} Kept
 * @property {any} answer as the page's own address would answer
 * @property {string} [kind] of the event to be written down
 * @property {any} [payload]
 * @property {string} [once] what must not be written down twice by this device
 */

/** @typedef {{act?: string, answers?: Record<string, string>, occurredAt: string, entered?: string, reason?: string}} Said */

/**
 * @param {string} page use, emergency, sign or count
 * @param {string[]} codes @param {any} state what the page stands on @param {Said} said
 * @param {Wards} wards the one this device is at before the others
 * @param {Set<string>} used codes of what this device has used
 * @returns {Promise<Kept | null>} null where only the server can do it, and the scan is to wait for it
 */
export async function act(page, codes, state, said, wards, used) {
  const kept = await judged(page, codes, state, said, wards, used);
  if (!kept?.kind) return kept;
  // That a code was typed, and why, is kept with what it did; and which scanner read it.
  if (said.entered === "keyed") kept.payload = { ...kept.payload, entered: "keyed", reason: said.reason ?? "" };
  else kept.payload = { ...kept.payload, ...readAs() };
  return kept;
}

/** @param {string} page @param {string[]} codes @param {any} state @param {Said} said @param {Wards} wards @param {Set<string>} used */
async function judged(page, codes, state, said, wards, used) {
  if (said.act === "end") return { answer: { class: "repeat", title: text("offline.wristband"), unlisted: true, state: {} } };
  if (page === "emergency" && said.act === "tag") return tagged(state, said);
  // As it was scanned goes to the server; what it says is looked up here.
  const raw = oneOf(codes);
  if (page === "sign") return sign(raw, state, said, wards);
  if (!raw || (said.act ?? "scan") !== "scan") return { answer: { ...next(text("offline.needs"), "offline.needs.do", state), class: "caution", code: "E21" } };
  if (page === "count") return count(raw, state, said, wards);
  const code = itemCode(raw);
  if (code === null) return page === "use" ? patient(raw, wards) : { answer: { ...next(text("offline.whose"), "offline.whose.do", state), class: "caution" } };
  return thing(page, raw, code, state, said, wards, used);
}

/** The code of a label that names a thing, else all that say something of it. @param {string[]} codes */
function oneOf(codes) {
  const sure = codes.find((code) => itemCode(code));
  if (sure) return sure.trim();
  const parts = codes.filter((code) => itemCode(code) === "");
  return (parts.length > 0 ? parts.join("\n") : (codes[0] ?? "")).trim();
}

/** Another unknown patient. @param {any} state @param {Said} said @returns {Kept} */
function tagged(state, said) {
  const tag = TAGS.find((one) => one === said.answers?.tag) ?? TAGS[0];
  return { answer: next(text("offline.tag", { tag }), "offline.scan", { ...state, tag }) };
}

/** A wristband. @param {string} raw @param {Wards} wards @returns {Promise<Kept>} */
async function patient(raw, wards) {
  const found = await findPatient(wards, raw);
  if (found && !found.label) return { answer: stop("E18", "offline.over", {}) };
  if (found) return { answer: { class: "ok", title: found.label, what: text("offline.scan"), unlisted: true, state: { patient: found.token }, patient: found.label } };
  // Who was on the screen is over, whosever band this is.
  if (misread(raw)) return { answer: stop("E24", "offline.check", {}) };
  const code = plain(raw);
  // A patient who came after the list was made: taken as what it says, and checked when it is sent.
  if (/^W/i.test(code)) return { answer: { class: "caution", title: text("offline.stranger"), what: text("offline.scan"), unlisted: true, state: { patient: "?", wristband: code }, patient: code } };
  return { answer: stop("E01", "offline.unknown", {}) };
}

/**
 * A thing: used on the patient or by the ward, on a patient nobody knows yet, or held until the wristband comes.
 * @param {string} page @param {string} raw @param {string} code @param {any} state @param {Said} said @param {Wards} wards @param {Set<string>} used @returns {Promise<Kept>}
 */
async function thing(page, raw, code, state, said, wards, used) {
  const typed = said.entered === "keyed";
  if (misread(raw, typed)) return { answer: stop("E24", "offline.check", state, code) };
  const label = code === "" ? labelSaid(raw) : null;
  if (label?.di === "") return { answer: stop("E01", "offline.unknown", state) };
  const found = label ? await findByLabel(wards, label) : { ...(await findItem(wards, code)), several: false };
  const { item } = found;
  if (!typed && !mayReadSuppliers() && (code === "" || plain(raw) !== code)) return { answer: stop("E24", "offline.unfit", state) };
  if (item && found.several) return { answer: stop("E01", "offline.several", state, named(item)) };
  // What is on the ward's list was judged with all that is known of it, but for the hours that have passed since.
  const meant = !item && (await recalled(wards, raw, code));
  const past = item ? isPast(item, said.occurredAt) : false;
  const denied = found.denied || (meant ? "recalled" : past || expired(wards, raw, said.occurredAt) ? "expired" : "");
  const what = item ? `${named(item)} · ${item.lot}` : code || label?.di || raw;
  const whom = item && !item.for_patient ? {} : state.wristband ? { encounter: state.wristband } : { patient: state.patient };
  /** What is stopped here the server is told of. @param {string} rule @param {any} answer @returns {Kept} */
  const caught = (rule, answer) => ({ answer, kind: "caught", payload: { scan: raw, rule, ...whom } });
  if (denied) return caught(denied, stop({ recalled: "E08", expired: "E06" }[denied] ?? "E08", `offline.${denied}`, state, what));
  const urgent = page === "emergency";
  if (!urgent && !state.patient && (!item || item.for_patient)) {
    const until = new Date(Date.parse(said.occurredAt) + HOLD_MS).toISOString();
    const several = item?.kind !== "unit";
    const before = (state.held ?? []).filter((/** @type {{scan: string}} */ one) => several || one.scan !== raw);
    const held = [...before, { scan: raw, at: said.occurredAt, name: what }].slice(-20);
    return { answer: { ...repeat("offline.wristband", { ...state, held }, what), code: "E04", word: text("offline.waits"), hold: { scan: raw, until, several } } };
  }
  const against = item?.for_patient && !urgent ? conflict(wards, item, state) : undefined;
  const before = item && !urgent ? await sooner(wards, item, said.occurredAt, used) : null;
  const rules = wards[0]?.outcomes ?? {};
  // A second person proves who they are to the server alone: until then nobody lets it pass.
  if (against && rules[against] !== "warn") return caught(`${against}-conflict`, stop("E18", `offline.${against}`, state, what));
  const told = before && !["ok", "note"].includes(rules.fefo) ? text("offline.fefo.until", { at: before.slice(0, 10) }) : "";
  if (told && rules.fefo !== "warn") return caught("fefo-breach", stop("E07", "offline.fefo", state, told));
  const { held: _held, ...rest } = state;
  let answer = queued({ title: item ? named(item) : what, what: text(item ? "offline.kept" : "offline.unlisted"), note: what, state: rest });
  const known = [against ? text(`offline.${against}`) : "", told].filter(Boolean).join("; ");
  if (known) answer = { ...answer, class: "caution", code: told ? "E07" : "E18", what: known, why: answer.what };
  const once = item?.kind === "bulk" || code === "" ? undefined : code;
  if (urgent) return { answer: { ...answer, note: `${what} · ${text("offline.tag", { tag: state.tag ?? TAGS[0] })}` }, kind: "emergency", payload: { scan: raw, tag: state.tag ?? TAGS[0] }, once };
  return { answer, kind: "use", payload: { scan: raw, ...whom }, once };
}
