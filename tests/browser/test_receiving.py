"""Receiving in a real browser, every act counted: 1 + k + 1 scans for k cases, 2 for a pallet that the note lists."""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy import select

from api.pages.commands import RECEIVE_FINISH
from spd import receiving
from spd.receiving import Delivery, DeliveryPackage
from tests.browser.acts import Acts
from tests.browser.user import Hospital, User

Enter = Callable[..., User]
AFTER_BOUNCE_MS = 850  # only then is the same label a new scan


def note_of(hospital: Hospital, *, cases: bool) -> tuple[str, str]:
    """The number and label of an open note of nothing but cases; one with a pallet listed, or one without."""
    listed = select(DeliveryPackage.delivery_id)
    if cases:
        query = select(Delivery.code, Delivery.label).where(Delivery.id.in_(listed), Delivery.closed_at.is_(None))
        return hospital.ask(lambda session: tuple(session.execute(query).first()))  # type: ignore[no-any-return]
    with_pallet = hospital.ask(
        lambda session: set(session.scalars(select(Delivery.code).where(Delivery.id.in_(listed))))
    )
    note = next(
        note
        for note in hospital.summary.notes
        if note.scans and note.number not in with_pallet and all("(21)" not in scan for scan in note.scans)
    )
    return note.number, note.label


def is_closed(hospital: Hospital, code: str) -> bool:
    closed = select(Delivery.closed_at).where(Delivery.code == code)
    return hospital.ask(lambda session: session.scalar(closed)) is not None


def test_k_cases_are_received_in_one_k_and_one_scans(enter: Enter, hospital: Hospital) -> None:
    keeper = Acts(enter("keeper"))
    number, label = note_of(hospital, cases=False)
    scans = next(note.scans for note in hospital.summary.notes if note.number == number)
    keeper.scan_to(label, f"/receive/{number}")
    for place, code in enumerate(scans):
        if code in scans[:place]:
            keeper.page.wait_for_timeout(AFTER_BOUNCE_MS)
        kind, words = keeper.scan(code)
        assert kind in ("ok", "caution"), words
    keeper.scan_away(RECEIVE_FINISH.code, f"**/receive?finished={number}")
    assert keeper.all() == (1 + len(scans) + 1, 0, 0)
    assert is_closed(hospital, number)


def test_a_pallet_that_the_note_lists_is_received_in_two_scans(enter: Enter, hospital: Hospital) -> None:
    keeper = Acts(enter("keeper"))
    number, label = note_of(hospital, cases=True)
    outermost = select(DeliveryPackage.sscc).where(DeliveryPackage.parent_id.is_(None))
    pallet = hospital.ask(lambda session: session.scalar(outermost))
    keeper.scan_to(label, f"/receive/{number}")
    keeper.scan_away(f"00{pallet}", f"**/receive?finished={number}")
    assert keeper.all() == (2, 0, 0)
    assert is_closed(hospital, number)
    lines = hospital.ask(lambda session: receiving.lines_received(session, receiving.get_delivery(session, number)))
    assert all(line.received == line.quantity for line in lines)


def test_a_difference_is_accepted_with_one_tap(enter: Enter, hospital: Hospital) -> None:
    keeper = Acts(enter("keeper"))
    number, label = note_of(hospital, cases=False)
    scan = next(note.scans[0] for note in hospital.summary.notes if note.number == number)
    keeper.scan_to(label, f"/receive/{number}")
    keeper.scan(scan)
    kind, words = keeper.scan(RECEIVE_FINISH.code)
    assert (kind, "differences" in words) == ("caution", True)
    assert not is_closed(hospital, number)
    keeper.tap("Follows later")
    keeper.page.wait_for_url(f"**/receive?finished={number}")
    assert keeper.all() == (3, 1, 0)
    assert is_closed(hospital, number)
