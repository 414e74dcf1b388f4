// This file is the page that opens without network in place of a scan page: which one, its address says.

const flow = /** @type {HTMLElement} */ (document.getElementById("flow"));
const [, section] = location.pathname.split("/");
flow.dataset.shell = "";
flow.dataset.offline = section === "count" ? "count" : section === "deliver" ? "sign" : "use";
for (const title of document.querySelectorAll("[data-shell-title]")) title.toggleAttribute("hidden", title.getAttribute("data-shell-title") !== flow.dataset.offline);
await import(section === "count" ? "./count.js" : section === "deliver" ? "./plain.js" : "./bedside.js");
