// This file is the emergency page: which unknown patient is meant, shown by the page itself where there is no network.

import { startFlow } from "../flow.js";

startFlow({
  onAnswer: (answer) => {
    const tag = answer.state?.tag;
    if (!tag) return;
    for (const button of document.querySelectorAll("button[name=tag]")) {
      const chosen = /** @type {HTMLButtonElement} */ (button).value === tag;
      button.classList.toggle("button--primary", chosen);
      if (chosen) button.setAttribute("aria-pressed", "true");
      else button.removeAttribute("aria-pressed");
    }
  },
});
