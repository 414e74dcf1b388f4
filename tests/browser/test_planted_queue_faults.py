"""What a queue may do wrong, planted one at a time: each is found by the test of draining.

`make planted-faults` runs it; in the suite it would take longer than what it watches over.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from playwright.sync_api import Browser, Error
from sqlalchemy.orm import Session

from spd import offline
from spd.core.errors import Refusal
from spd.offline import DeviceEvent
from tests.browser.cut import Planted, Server, Ward
from tests.browser.draining import drained_through_a_kill

pytestmark = pytest.mark.skipif("SPD_PLANTED" not in os.environ, reason="make planted-faults")

_SEND = "const verdicts = await send("
IN_THE_BROWSER = {
    "deletes before the verdict": Planted(
        "offline/drain.js", _SEND, f"await store.remove(events.map((one) => one.sequence)); {_SEND}"
    ),
    "a new id on each attempt": Planted(
        "offline/drain.js", "ward || undefined, events }",
        "ward || undefined, events: events.map((one) => ({ ...one, event_id: crypto.randomUUID() })) }",
    ),
    "the sequence begins anew once the queue is empty": Planted(
        "offline/store.js", 'const chain = (await this.get("chain")) ??',
        'const chain = ((await this.waiting()) > 0 ? await this.get("chain") : null) ??',
    ),
    "what is refused is sent for ever": Planted(
        "offline/drain.js", 'one.verdict !== "waiting"', 'one.outcome === "done"',
    ),
}  # fmt: skip


def say_done_of_what_was_refused(session: Session, event: DeviceEvent, _error: Refusal, at: datetime) -> None:
    offline.done(session, [event], at)


IN_THE_SERVER: dict[str, tuple[str, Callable[..., Any]]] = {
    "what is refused is on no worklist": ("spd.offline.dispute", say_done_of_what_was_refused),
}


@pytest.mark.parametrize("fault", IN_THE_BROWSER)
def test_a_fault_of_the_device_is_found(
    fault: str, ward: Ward, serve: Callable[..., Server], chromium: Browser
) -> None:
    try:
        found = drained_through_a_kill(ward, serve, chromium, IN_THE_BROWSER[fault])
    except (AssertionError, Error) as never:  # it does not come to an end
        found = [repr(never)[:120]]
    print(f"{fault}: {found}")
    assert found != []


@pytest.mark.parametrize("fault", IN_THE_SERVER)
def test_a_fault_of_the_server_is_found(
    fault: str, ward: Ward, serve: Callable[..., Server], chromium: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(*IN_THE_SERVER[fault])
    try:
        found = drained_through_a_kill(ward, serve, chromium)
    except (AssertionError, Error) as never:
        found = [repr(never)[:120]]
    print(f"{fault}: {found}")
    assert found != []
