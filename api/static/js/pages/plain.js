// This file is a scan page with nothing of its own: everything is said by the server.

import { startFlow } from "../flow.js";

startFlow();
