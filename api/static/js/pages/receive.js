// This file is the page of one delivery note: what a label lacks is keyed in without a tap.

import { startByHand } from "../byhand.js";
import { startFlow } from "../flow.js";

const page = startFlow({ onAnswer: () => queueMicrotask(() => byHand.arm()) });
const byHand = startByHand(page);
