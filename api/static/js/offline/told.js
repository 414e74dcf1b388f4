// This file is the verdicts of a device that decides by itself, as its pages show them.

import { text } from "../texts.js";

/** @param {string} code @param {string} title @param {any} state @param {string} [what] */
export const stop = (code, title, state, what = "") => ({ class: "stop", code, title: text(title), what, do: text(`${title}.do`), state });

/** Something to be done next; nothing is written down. @param {string} title @param {string} what @param {any} state */
export const next = (title, what, state) => ({ class: "ok", title, what: text(what), unlisted: true, state });

/** @param {string} title @param {any} state @param {string} [what] */
export const repeat = (title, state, what = "") => ({ class: "repeat", title: text(title), what, unlisted: true, state });

/** @param {any} answer */
export const queued = (answer) => ({ class: "queued", code: "E21", what: text("offline.kept"), ...answer });

/** @param {{name: string, name_en: string}} thing */
export const named = (thing) => (document.documentElement.lang === "en" ? thing.name_en : thing.name);
