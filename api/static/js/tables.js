// This file is small tables on a phone: each cell says its column, so that a row can be shown as a card (pages.css).
// Without scripts a table scrolls sideways in its frame. Figures that are compared down a column stay a table; there
// amounts with two decimals keep room for the third and fourth of others, so that all points stand below each other.

const whole = (table) => {
  const heads = table.tHead?.rows;
  return heads?.length === 1 && ![...table.rows].some((row) => [...row.cells].some((cell) => cell.colSpan > 1));
};

const label = (table) => {
  const words = [...table.tHead.rows[0].cells].map((cell) => cell.textContent.trim());
  for (const row of [...table.tBodies].flatMap((body) => [...body.rows])) {
    for (const [number, cell] of [...row.cells].entries()) {
      cell.dataset.label ??= words[number] ?? "";
    }
  }
  table.classList.add("table--stack");
};

if (!document.querySelector("[data-compared]")) {
  for (const table of document.querySelectorAll(".table-frame > .table:not(.table--stack)")) {
    if (!table.tFoot && whole(table)) label(table);
  }
}

const decimals = (cell) => /^-?¥[\d,]+\.(\d+)$/.exec(cell.textContent.trim())?.[1].length;

for (const table of document.querySelectorAll(".table-frame > .table")) {
  const most = [];
  for (const row of table.rows) {
    for (const cell of row.cells) most[cell.cellIndex] = Math.max(most[cell.cellIndex] ?? 0, decimals(cell) ?? 0);
  }
  if (!most.some((one) => one > 2)) continue;
  for (const row of table.rows) {
    for (const cell of row.cells) {
      const own = decimals(cell);
      if (own && own < most[cell.cellIndex]) cell.dataset.room = "0".repeat(most[cell.cellIndex] - own);
    }
  }
}
