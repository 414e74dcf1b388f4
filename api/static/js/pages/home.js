// This file is the home page: whatever is scanned opens its page. An item for the bedside is handed over in the tab's own
// memory, so that no address, and nobody who makes one, can book anything.

import { startFlow } from "../flow.js";

startFlow({
  onAnswer: (answer, codes) => {
    if (answer.books) sessionStorage.setItem("spd.handover", JSON.stringify({ codes, at: Date.now() }));
  },
});
