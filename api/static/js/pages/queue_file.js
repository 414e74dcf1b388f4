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
    const lines = [text("file.done", { n: result.sent, refused: result.refused })];
    if (result.waiting > 0) lines.push(text("file.waiting", { n: result.waiting }));
    if (result.broken > 0) lines.push(text("file.broken", { n: result.broken }));
    told.textContent = lines.join(" ");
    told.dataset.state = result.broken > 0 ? "failed" : "done";
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
  // A line of the file that is damaged does not keep back the others; its number is told to be missing.
  const found = await Promise.all(file.events.map((one) => read(one).catch(() => null)));
  let left = found.filter((event) => event !== null);
  if (left.length === 0 && found.length > 0) throw new Error("no line of it can be read");
  // As a store of that device, so that it is drained like one; what waits for a missing one is kept by the server.
  let [waiting, asked] = [0, 0];
  const store = /** @type {any} */ ({
    device: async () => file.device,
    first: async (/** @type {number} */ most) => left.slice(0, (asked = most)),
    remove: async (/** @type {number[]} */ done) => {
      const rest = left.filter((event) => !done.includes(event.sequence));
      const behind = rest.length === left.length ? rest.splice(0, asked) : [];
      waiting += behind.length;
      left = rest;
    },
    put: async () => {},
  });
  const options = { ward: released.wards[0] ?? "", csrf: released.csrf };
  const told = { sent: 0, refused: 0 };
  while (left.length > 0) {
    const one = await drain(store, options);
    told.sent += one.sent;
    told.refused += one.refused;
  }
  return { ...told, waiting, broken: found.length - found.filter((event) => event !== null).length };
}
