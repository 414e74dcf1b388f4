// This file is the sign-in page: nobody is on, so what this device keeps cannot be read until somebody is.

import { DeviceStore } from "../offline/store.js";

if (globalThis.indexedDB && globalThis.navigator.locks) {
  DeviceStore.open()
    .then((store) => store.lock())
    .catch(() => {});
}
