// This file is leaving: what a page stood on is over when its screen goes dark, another page comes, it comes back from the
// browser's memory, or somebody locks the device.

/** Somebody has locked the device, and the server does not answer. */
export const LOCKED = "spd-locked";

/** @param {() => void} over what is to be forgotten, and is told so each time */
export function onLeaving(over) {
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "hidden") over();
  });
  addEventListener("pagehide", over);
  addEventListener(LOCKED, over);
  addEventListener("pageshow", (event) => {
    if (event.persisted) over();
  });
}
