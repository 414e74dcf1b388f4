"""This file is how a process collects garbage: not while it loads, and what it was loaded with is not looked through
again."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager

_YOUNG, _MIDDLE, _OLD = 50_000, 20, 100


@contextmanager
def loading() -> Iterator[None]:
    """What is loaded stays: to look for garbage among it took 0.75 s of the 4.6 that a server took to start."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def settle() -> None:
    """Take all there is now for permanent, and look for rings of garbage less often.

    Half a million objects of modules, tables and forms never go. Python's own limit of 700 looks through them again and
    again while requests make and drop their thousands. Four groups of tests took 56 s of processor time instead of 67;
    of a server's requests it is not measured.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(_YOUNG, _MIDDLE, _OLD)
