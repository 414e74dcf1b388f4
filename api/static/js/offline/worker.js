// This file is the service worker: scan pages open without network. The server puts VERSION (the hash of all FILES) and
// FILES in front of it. It keeps our own files and one empty page; never an answer that says anything of anybody.

/* global VERSION, FILES */
const KEPT = `spd-${VERSION}`;
const SHELL = "/offline";
/** Pages that work without network. */
const PAGES = /^\/(bedside|emergency|deliver|count|count\/[^/]+)?$/;
const PATIENCE_MS = 4000;

self.addEventListener("install", (event) => {
  event.waitUntil(
    caches
      .open(KEPT)
      .then((kept) => kept.addAll([...FILES, SHELL].map((url) => new Request(url, { cache: "reload" }))))
      .then(() => self.skipWaiting()),
  );
});

self.addEventListener("activate", (event) => {
  event.waitUntil(
    caches
      .keys()
      .then((names) => Promise.all(names.filter((name) => name.startsWith("spd-") && name !== KEPT).map((name) => caches.delete(name))))
      .then(() => self.clients.claim()),
  );
});

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (request.method !== "GET" || url.origin !== self.location.origin) return;
  if (request.mode === "navigate" && PAGES.test(url.pathname)) event.respondWith(either(request, SHELL));
  else if (url.pathname.startsWith("/static/")) event.respondWith(either(request, ofNow(url.pathname)));
});

/** The address in this release of a file that a page of another release asks for. @param {string} path */
function ofNow(path) {
  const name = path.slice("/static/".length + 16);
  return FILES.find((file) => file.endsWith(name)) ?? path;
}

/** The server's answer; what is kept where it gives none. */
async function either(request, kept) {
  const stop = new AbortController();
  const timer = setTimeout(() => stop.abort(), PATIENCE_MS);
  try {
    const answer = await fetch(request.mode === "navigate" ? request.url : request, { signal: stop.signal, credentials: "same-origin", redirect: request.mode === "navigate" ? "manual" : "follow" });
    if (answer.status < 500) return answer;
    return (await caches.match(kept)) ?? answer;
  } catch {
    return (await caches.match(kept)) ?? Response.error();
  } finally {
    clearTimeout(timer);
  }
}
