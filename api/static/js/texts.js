// This file is the words that scripts say, taken from the page's own <template id="texts">: one catalogue for all.

/** @type {Map<string, string> | null} */
let words = null;

/**
 * The text under `name`, with {placeholders} filled in. An unknown name is returned as it is, to be seen in a test.
 * @param {string} name
 * @param {Record<string, string | number>} [values]
 * @returns {string}
 */
export function text(name, values = {}) {
  if (words === null) {
    words = new Map();
    for (const template of document.querySelectorAll("template#texts, template[data-texts]")) {
      for (const node of /** @type {HTMLTemplateElement} */ (template).content.querySelectorAll("[data-text]")) {
        words.set(/** @type {HTMLElement} */ (node).dataset.text ?? "", node.textContent ?? "");
      }
    }
  }
  const words_ = words.get(name) ?? name;
  return words_.replace(/\{(\w+)\}/g, (all, key) => (key in values ? String(values[key]) : all));
}

const ICONS = new URL("../icons.svg", import.meta.url).href;

/**
 * An icon of the sprite.
 * @param {string} name
 * @returns {SVGSVGElement}
 */
export function icon(name) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("class", "icon");
  svg.setAttribute("aria-hidden", "true");
  svg.setAttribute("focusable", "false");
  const use = document.createElementNS("http://www.w3.org/2000/svg", "use");
  use.setAttribute("href", `${ICONS}#${name}`);
  svg.append(use);
  return svg;
}

/** The icon of each verdict class. */
export const VERDICT_ICONS = /** @type {Record<string, string>} */ ({
  ok: "check",
  repeat: "repeat",
  caution: "caution",
  stop: "stop",
  queued: "queued",
});
