// This file is the camera in place of a gun: a live view read by the browser where it can, frame by frame by the server
// where it cannot, and a photograph where there is no live view. Its codes are taken as one label's scan, however read.

import { Problem } from "./api.js";
import { text } from "./texts.js";

const TIMEOUT_MS = 20_000;
/** Between two looks of the browser's own reader, which takes a few milliseconds. */
const LOOK_MS = 120;
/** Between two frames sent to the server: it has other things to do as well. */
const FRAME_MS = 400;
/** Nobody holds a label before a camera for longer; the light and the battery are saved. */
const IDLE_MS = 60_000;
/** The symbols of supplies and of our own labels, by the names the browser has for them. */
const WANTED = ["data_matrix", "qr_code", "code_128", "code_39", "ean_13", "ean_8", "upc_a", "itf", "pdf417", "aztec"];
/** Symbols that say by themselves what they carry. */
const AIM = new Map([["ean_13", "]E0"], ["ean_8", "]E4"]]);

/**
 * @typedef {(frame: HTMLVideoElement) => Promise<string[]>} Reader
 */

/**
 * Let the button open the camera, where the page has one.
 * @param {(codes: string[]) => void} take codes as if a gun had read them
 * @param {(verdict: import("./verdict.js").Verdict) => void} say
 */
export function startCamera(take, say) {
  const open = document.querySelector('[data-camera="open"]');
  const photo = /** @type {HTMLInputElement | null} */ (document.querySelector('[data-camera="photo"]'));
  if (!open || !photo) return;
  const dialog = /** @type {HTMLDialogElement | null} */ (document.getElementById("camera"));
  const view = dialog && navigator.mediaDevices?.getUserMedia ? new LiveView(dialog, take) : null;
  open.addEventListener("click", async () => {
    if (!view || !(await view.open())) photo.click();
  });
  dialog?.querySelector('[data-camera="instead"]')?.addEventListener("click", () => {
    dialog.close();
    photo.click();
  });
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

/** What the camera sees, until it has seen one label. */
class LiveView {
  /** @param {HTMLDialogElement} dialog @param {(codes: string[]) => void} take */
  constructor(dialog, take) {
    this.dialog = dialog;
    this.take = take;
    this.video = /** @type {HTMLVideoElement} */ (dialog.querySelector("video"));
    /** @type {MediaStream | null} */
    this.stream = null;
    dialog.querySelector('[data-camera="close"]')?.addEventListener("click", () => dialog.close());
    // However it is closed, by Escape, by a STOP or by having read: the camera's light goes out.
    dialog.addEventListener("close", () => this.stop());
  }

  /** Whether the camera may be used, and shows something. */
  async open() {
    this.tell("camera.aim");
    try {
      this.stream = await navigator.mediaDevices.getUserMedia({
        audio: false,
        video: { facingMode: { ideal: "environment" }, width: { ideal: 1280 }, height: { ideal: 720 } },
      });
    } catch {
      return false;
    }
    this.video.srcObject = this.stream;
    this.dialog.showModal();
    await this.video.play().catch(() => undefined);
    this.watch(this.stream, performance.now() + IDLE_MS);
    return true;
  }

  /** Look again and again at this stream, until a label was read or the view is closed. @param {MediaStream} stream @param {number} until */
  async watch(stream, until) {
    const own = await ownReader();
    const reader = own ?? askServer;
    while (this.stream === stream) {
      if (performance.now() > until) {
        this.dialog.close();
        return;
      }
      const codes = await this.look(reader);
      if (codes.length && this.stream === stream) {
        this.dialog.close();
        this.take(codes);
        return;
      }
      await new Promise((done) => setTimeout(done, own ? LOOK_MS : FRAME_MS));
    }
  }

  /** @param {Reader} reader @returns {Promise<string[]>} */
  async look(reader) {
    if (this.video.readyState < HTMLMediaElement.HAVE_CURRENT_DATA) return [];
    try {
      const codes = await reader(this.video);
      this.tell("camera.aim");
      return codes;
    } catch (error) {
      // A frame that was not read is followed by the next; that the network is away is said.
      this.tell(error instanceof Problem ? "camera.none" : "camera.again");
      return [];
    }
  }

  /** @param {string} key */
  tell(key) {
    const slot = this.dialog.querySelector('[data-camera="said"]');
    const said = text(key);
    if (slot && slot.textContent !== said) slot.textContent = said;
  }

  stop() {
    for (const track of this.stream?.getTracks() ?? []) track.stop();
    this.stream = null;
    this.video.srcObject = null;
  }
}

/** The browser's reader, where it has one that knows the symbols of supplies. @returns {Promise<Reader | null>} */
async function ownReader() {
  const Detector = /** @type {any} */ (globalThis).BarcodeDetector;
  if (!Detector) return null;
  try {
    const known = /** @type {string[]} */ (await Detector.getSupportedFormats());
    const formats = WANTED.filter((format) => known.includes(format));
    if (!formats.includes("data_matrix") || !formats.includes("code_128")) return null;
    const detector = new Detector({ formats });
    return async (frame) => {
      const seen = /** @type {{format: string, rawValue: string}[]} */ (await detector.detect(frame));
      return [...new Set(seen.filter((one) => one.rawValue).map((one) => (AIM.get(one.format) ?? "") + one.rawValue))];
    };
  } catch {
    return null;
  }
}

/** The frame as a picture, read by the server. @type {Reader} */
async function askServer(frame) {
  const canvas = document.createElement("canvas");
  canvas.width = frame.videoWidth;
  canvas.height = frame.videoHeight;
  canvas.getContext("2d")?.drawImage(frame, 0, 0);
  const picture = await new Promise((/** @type {(blob: Blob | null) => void} */ done) => canvas.toBlob(done, "image/jpeg", 0.85));
  return picture ? codesIn(picture) : [];
}

/** @param {Blob} picture @returns {Promise<string[]>} */
async function codesIn(picture) {
  const body = new FormData();
  body.append("image", picture, "photo");
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
