// This file is leaving: what a page stood on is over when its screen goes dark, another page comes, or it comes back from
// the browser's memory.

/** @param {() => void} over what is to be forgotten, and is told so each time */
export function onLeaving(over) {
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "hidden") over();
  });
  addEventListener("pagehide", over);
  addEventListener("pageshow", (event) => {
    if (event.persisted) over();
  });
}
