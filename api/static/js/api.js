// This file is how pages talk to the server: JSON out, JSON or a problem back, and every problem readable as a verdict.

import { NetworkError } from "./queue.js";

export { NetworkError };

/** Longer than any answer of a healthy server; after it the request is sent again with the same key. */
const TIMEOUT_MS = 10_000;

/** Answers of something in front of the server, or of a server that is starting: the request was not handled. */
const TRY_AGAIN = new Set([408, 425, 429, 502, 503, 504]);

const CLASSES = new Set(["ok", "repeat", "caution", "stop", "queued"]);

/** An answer that refuses, as application/problem+json (RFC 9457) with our `code`, `do` and `verdict`. */
export class Problem extends Error {
  /** @param {number} status @param {Record<string, any>} body */
  constructor(status, body) {
    super(body.title ?? `HTTP ${status}`);
    this.status = status;
    this.body = body;
  }

  /** @returns {import("./verdict.js").Verdict} */
  get verdict() {
    const { verdict, code, title, detail, why } = this.body;
    // Some refusals carry a whole verdict, most only its class.
    if (verdict && typeof verdict === "object") return { class: "stop", code, title, what: detail, why, do: this.body.do, ...verdict };
    return { class: CLASSES.has(verdict) ? verdict : "stop", code: code ?? "", title: title ?? this.message, what: detail ?? "", why: why ?? "", do: this.body.do ?? "" };
  }
}

/**
 * One request. Throws NetworkError when nothing was answered, Problem when the answer refuses.
 * @param {string} method
 * @param {string} url
 * @param {any} [body]
 * @param {{timeoutMs?: number, headers?: Record<string, string>}} [options]
 * @returns {Promise<any>}
 */
export async function request(method, url, body, { timeoutMs = TIMEOUT_MS, headers = {} } = {}) {
  /** @type {Response} */
  let response;
  let content;
  try {
    response = await fetch(url, {
      method,
      headers: {
        Accept: "application/json, application/problem+json",
        "Accept-Language": document.documentElement.lang || "zh-Hans",
        "X-CSRFToken": document.querySelector('meta[name="csrf-token"]')?.getAttribute("content") ?? "",
        ...(body === undefined ? {} : { "Content-Type": "application/json" }),
        ...headers,
      },
      body: body === undefined ? undefined : JSON.stringify(body),
      credentials: "same-origin",
      signal: AbortSignal.timeout(timeoutMs),
    });
    content = await response.text();
  } catch (error) {
    throw new NetworkError(String(error));
  }
  if (TRY_AGAIN.has(response.status)) throw new NetworkError(`HTTP ${response.status}`);
  const data = parse(content);
  if (!response.ok) throw new Problem(response.status, data ?? {});
  return data;
}

/** @param {string} url @param {any} [body] @param {{timeoutMs?: number, headers?: Record<string, string>}} [options] */
export const post = (url, body, options) => request("POST", url, body ?? {}, options);

/** @param {string} url @param {{timeoutMs?: number, headers?: Record<string, string>}} [options] */
export const get = (url, options) => request("GET", url, undefined, options);

/** @param {string} content */
function parse(content) {
  if (content === "") return null;
  try {
    return JSON.parse(content);
  } catch {
    // A proxy's page of HTML, or a sign-in page: not ours to show.
    return null;
  }
}
