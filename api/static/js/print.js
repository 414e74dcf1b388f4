// This file is printing a page that was asked for as paper, once it is drawn.

addEventListener("load", () => window.print());
