"""This file is a queue drained by two tabs through a lost answer and a kill, and what may be wrong then."""

from __future__ import annotations

import time
from collections.abc import Callable

from playwright.sync_api import Browser, Page
from sqlalchemy import select

from spd import offline
from spd.core.transaction import reading
from spd.ledger import Item, Movement, MovementKind
from spd.offline import DeviceEvent, Dispute, EventVerdict
from tests import build
from tests.browser.cut import Planted, Server, Ward, append, enter


def drained_through_a_kill(
    ward: Ward, serve: Callable[..., Server], chromium: Browser, planted: Planted | None = None
) -> list[str]:
    """What is wrong with a queue of which a request was lost, then an answer, then the server; empty is right."""
    packs = ward[2]
    server = serve(drop=1, lose=3, planted=planted)
    page = enter(chromium, server)
    server.kill()
    said = [*packs[:60], packs[0], packs[1], *packs[60:]]  # two that are refused, with others behind them
    append(page, said)
    other = page.context.new_page()  # a second tab, from what is kept
    other.clock.set_system_time(build.NOW)
    other.goto(f"{server.address}/bedside")
    other.wait_for_selector("html[data-scan-ready]")
    server.start()
    for _ in range(30):
        for tab in (page, other):
            tab.evaluate("dispatchEvent(new Event('online'))")
        if server.lost.wait(0.5):
            break
    assert server.lost.is_set(), "no answer was lost"
    server.kill()
    server.start()
    empty(page, other)
    append(page, [packs[2]])  # and one more, once the queue was empty
    page.wait_for_timeout(300)
    empty(page)
    page.context.close()
    return complaints(ward, [*said, packs[2]])


def empty(*tabs: Page) -> None:
    """Wait until all is sent. A request that hangs in a killed server is given up by its device after half a minute."""
    until = time.monotonic() + 45
    while True:
        for tab in tabs:
            tab.evaluate("dispatchEvent(new Event('online'))")
        tabs[0].wait_for_timeout(500)
        if tabs[0].get_attribute("#offline", "data-waiting") == "0":
            return
        assert time.monotonic() < until, tabs[0].inner_text("#offline")


def complaints(ward: Ward, said: list[str]) -> list[str]:
    """What is wrong with what a device said, once all of it is drained."""
    database, found = ward[0], []
    with reading(database) as session:
        events = session.execute(select(DeviceEvent.sequence, DeviceEvent.flags).order_by(DeviceEvent.id)).all()
        verdicts = session.scalars(select(EventVerdict.verdict).order_by(EventVerdict.event_id)).all()
        refused = session.scalars(select(Dispute.code)).all()
        items = select(Item.code).join(Movement, Movement.item_id == Item.id)
        done = session.scalars(items.where(Movement.kind == MovementKind.CONSUME)).all()
        found += [str(one) for one in offline.problems(session)]
    again = len(said) - len(set(said))
    if sorted(done) != sorted(set(said)):
        found.append(f"{len(done)} uses in place of {len(set(said))}")
    if (got := [row.sequence for row in events]) != list(range(1, len(said) + 1)):
        found.append(f"{len(got)} events in place of {len(said)}, the last number {max(got, default=0)}")
    if flags := {row.flags for row in events} - {""}:
        found.append(f"flags: {flags}")
    if len(verdicts) != len(said):
        found.append(f"{len(verdicts)} verdicts in place of {len(said)}")
    if list(refused) != ["already-recorded"] * again:
        found.append(f"on the worklist: {refused}")
    return found
