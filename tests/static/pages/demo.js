// The scan page of the harness: every scan goes to the made-up server.
import { post } from "/static/js/api.js";
import { startScanPage } from "/static/js/scanpage.js";

/** @type {any} */ (window).page = startScanPage({
  name: "demo",
  onScan: (codes, said) => post("/api/scan", { codes, request_key: said.requestKey, occurred_at: said.occurredAt, entered: said.entered, reason: said.reason }),
  commands: {
    DONE: () => ({ class: "ok", title: "收货完成", count: 3 }),
  },
});
