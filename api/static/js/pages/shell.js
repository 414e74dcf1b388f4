// This file is the page that opens without network in place of a scan page: which one, its address says.

import { DeviceStore } from "../offline/store.js";

const flow = /** @type {HTMLElement} */ (document.getElementById("flow"));
const [, section, code] = location.pathname.split("/");
flow.dataset.shell = "";
const KINDS = /** @type {Record<string, string>} */ ({ count: "count", deliver: "sign", emergency: "emergency" });
flow.dataset.offline = KINDS[section] ?? "use";
for (const title of document.querySelectorAll("[data-shell-title]")) title.toggleAttribute("hidden", title.getAttribute("data-shell-title") !== flow.dataset.offline);
if (flow.dataset.offline !== "use") document.getElementById("end")?.remove();
document.getElementById("tags")?.toggleAttribute("hidden", flow.dataset.offline !== "emergency");
for (const link of document.querySelectorAll("[data-shell-link]")) if (link.getAttribute("data-shell-link") === flow.dataset.offline) link.setAttribute("aria-current", "page");
if (section === "count" && !code) await counts();
await import(section === "count" && code ? "./count.js" : flow.dataset.offline === "emergency" ? "./emergency.js" : flow.dataset.offline === "use" ? "./bedside.js" : "./plain.js");

/** The counts that are on, as they were when there was network: each opens without it. */
async function counts() {
  const list = document.getElementById("counts");
  if (!list) return;
  const store = await DeviceStore.open();
  const on = new Map((await store.wards()).flatMap((ward) => ward.counts).map((one) => [one.code, one.title]));
  for (const [number, title] of on) {
    const line = document.createElement("li");
    const link = document.createElement("a");
    link.className = "button button--big button--block";
    link.href = `/count/${encodeURIComponent(number)}`;
    link.textContent = title || number;
    line.append(link);
    list.append(line);
  }
  list.hidden = on.size === 0;
}
