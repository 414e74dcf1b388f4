// This file is the ear of a page that is read: a scan anywhere on it is searched for.

import { Wedge } from "../wedge.js";

const field = document.querySelector('input[name="scan"]');

new Wedge({
  onLabel: ({ codes }) => {
    if (!(field instanceof HTMLInputElement) || !field.form) return;
    field.value = codes[0];
    field.form.submit();
  },
}).start();
