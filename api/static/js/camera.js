// This file is the camera in place of a gun: a photograph goes to the server, and its codes are taken as one label's scan.

import { Problem } from "./api.js";
import { text } from "./texts.js";

const TIMEOUT_MS = 20_000;

/**
 * Let the button open the camera, where the page has one.
 * @param {(codes: string[]) => void} take codes as if a gun had read them
 * @param {(verdict: import("./verdict.js").Verdict) => void} say
 */
export function startCamera(take, say) {
  const open = document.querySelector('[data-camera="open"]');
  const photo = /** @type {HTMLInputElement | null} */ (document.querySelector('[data-camera="photo"]'));
  if (!open || !photo) return;
  open.addEventListener("click", () => photo.click());
  photo.addEventListener("change", async () => {
    const file = photo.files?.[0];
    if (!file) return;
    try {
      const codes = await codesIn(file);
      if (codes.length) take(codes);
      else say({ class: "repeat", title: text("camera.none"), do: text("camera.nearer"), unlisted: true });
    } catch (error) {
      say(verdictOf(error));
    }
    photo.value = "";
  });
}

/** @param {File} file @returns {Promise<string[]>} */
async function codesIn(file) {
  const body = new FormData();
  body.append("image", file, "photo");
  const response = await fetch("/api/v1/scans/image", {
    method: "POST",
    headers: {
      Accept: "application/json, application/problem+json",
      "Accept-Language": document.documentElement.lang || "zh-Hans",
      "X-CSRFToken": document.querySelector('meta[name="csrf-token"]')?.getAttribute("content") ?? "",
    },
    body,
    credentials: "same-origin",
    signal: AbortSignal.timeout(TIMEOUT_MS),
  });
  const said = await response.json();
  if (!response.ok) throw new Problem(response.status, said);
  return said.symbols.map((/** @type {{scan: string}} */ one) => one.scan);
}

/** @param {unknown} error @returns {import("./verdict.js").Verdict} */
function verdictOf(error) {
  if (error instanceof Problem) return error.verdict;
  return { class: "stop", title: text("camera.failed"), do: text("camera.again") };
}
