// This file is the page that brings the queue of a device that died: its file is read here, with the key of that device.

import { get } from "../api.js";
import { drain } from "../offline/drain.js";
import { text } from "../texts.js";

const form = /** @type {HTMLFormElement} */ (document.getElementById("queue-file"));
const told = /** @type {HTMLElement} */ (document.getElementById("queue-told"));

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  const chosen = /** @type {HTMLInputElement} */ (form.elements.namedItem("file")).files?.[0];
  if (!chosen) return;
  told.textContent = text("file.reading");
  try {
    const result = await bring(JSON.parse(await chosen.text()));
    told.textContent = text("file.done", { n: result.sent, refused: result.refused });
    told.dataset.state = "done";
  } catch (error) {
    console.warn(error);
    told.textContent = text("file.failed");
    told.dataset.state = "failed";
  }
});

const bytes = (/** @type {string} */ base64) => Uint8Array.from(atob(base64), (sign) => sign.charCodeAt(0));

/** @param {{device: string, events: {iv: string, data: string}[]}} file */
async function bring(file) {
  const released = await get(`/api/v1/me/offline?device=${encodeURIComponent(file.device)}`);
  const key = await crypto.subtle.importKey("raw", bytes(released.key), "AES-GCM", false, ["decrypt"]);
  const read = async (/** @type {{iv: string, data: string}} */ one) =>
    JSON.parse(new TextDecoder().decode(await crypto.subtle.decrypt({ name: "AES-GCM", iv: bytes(one.iv) }, key, bytes(one.data))));
  let left = await Promise.all(file.events.map(read));
  // As a store of that device, so that it is drained like one.
  const store = /** @type {any} */ ({
    device: async () => file.device,
    first: async (/** @type {number} */ most) => left.slice(0, most),
    remove: async (/** @type {number[]} */ done) => {
      left = left.filter((event) => !done.includes(event.sequence));
    },
    put: async () => {},
  });
  return drain(store, { ward: released.wards[0] ?? "", csrf: released.csrf });
}
