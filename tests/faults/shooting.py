"""This file is shooting: something is killed again and again while devices scan."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

from tests.faults.serving import Devices


def under_fire(devices: Devices, codes: Sequence[str], shoot: Callable[[], None], *, kills: int, clients: int) -> int:
    """Use every item while `shoot` kills and restarts, each time so many more have been answered. The kills made."""
    shots = 0
    with ThreadPoolExecutor(clients + 1) as pool:
        scanning = pool.submit(devices.use_all, codes, clients)
        for number in range(1, kills + 1):
            while len(devices.acknowledged) < number * len(codes) // (kills + 1) and not scanning.done():
                time.sleep(0.002)
            if scanning.done():
                break
            shoot()
            shots += 1
        scanning.result()
    return shots
