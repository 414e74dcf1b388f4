// This file is answering a question of a scan page by hand without a tap: what is typed at the pace of a hand goes into
// the fields of the form that stands, Enter goes on to the next and sends after the last. No field has the focus, so a
// gun is heard as a gun all the while: a label scanned instead of an answer is a scan.

/** Longer than any lot: a gun so slow that it looks like a hand. */
const MOST = 20;

/** @param {{expectKeys: (handler: ((keys: string) => void) | null) => void, stop: {isLatched: boolean}, take: (codes: string[]) => unknown}} page */
export function startByHand(page) {
  /** @returns {HTMLInputElement[]} */
  const fields = () => [...document.querySelectorAll("form[data-byhand] input[data-typed]")].filter((one) => one instanceof HTMLInputElement);

  function arm() {
    const [first] = fields();
    if (first && !here()) first.dataset.here = "";
    page.expectKeys(first ? typed : null);
  }

  const here = () => fields().find((one) => one.dataset.here !== undefined);

  /** @param {string} keys */
  function typed(keys) {
    if (page.stop.isLatched) return;
    if (keys.trim().length > MOST) {
      page.take([keys.trim()]);
      return;
    }
    for (const key of keys) key === "\n" ? next() : write(key);
  }

  /** @param {string} key */
  function write(key) {
    const field = here();
    if (field && field.value.length < MOST) field.value += key;
  }

  function next() {
    const all = fields();
    const field = here();
    if (!field || field.value.trim() === "") return;
    const after = all[all.indexOf(field) + 1];
    if (!after) {
      field.form?.requestSubmit();
      return;
    }
    delete field.dataset.here;
    after.dataset.here = "";
  }

  document.addEventListener("keydown", (event) => {
    const field = here();
    if (event.key !== "Backspace" || !field || event.target instanceof HTMLInputElement) return;
    event.preventDefault();
    field.value = field.value.slice(0, -1);
  });
  arm();
  return { arm };
}
