"""What events come to: by when they happened, never by when they came; what contradicts is told, not applied."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from spd.encounters.events import OF_PATIENTS, EventKind, Told
from spd.encounters.fold import REASONS, Outcome, fold

START = datetime(2026, 3, 1, 0, 0, tzinfo=UTC)
WARDS = ("CARD", "SURG")


def event(hour: int, kind: str, encounter: str = "A", **more: Any) -> Told:
    more.setdefault("message", f"{encounter}-{kind}-{hour}")
    if kind == "admit":
        more = {"department": "CARD", "patient": f"P-{encounter}", "bed": "1"} | more
    return Told(kind=EventKind(kind), encounter=encounter, occurred_at=START + timedelta(hours=hour), **more)


def came_to(*events: Told) -> Outcome:
    return fold(events, departments=WARDS)


ADMITTED = event(0, "admit")
MOVED = event(2, "transfer", department="SURG", bed="7")
GONE = event(9, "discharge")


def test_a_stay_is_where_its_last_transfer_took_it() -> None:
    stay = came_to(GONE, MOVED, ADMITTED).stays["A"]
    assert (stay.department, stay.bed, stay.moved_from) == ("SURG", "7", "CARD")
    assert stay.discharged_at == GONE.occurred_at


def test_cancelling_puts_back_what_was_before() -> None:
    back = came_to(ADMITTED, MOVED, event(3, "cancel_transfer"), GONE, event(10, "cancel_discharge")).stays["A"]
    assert (back.department, back.moved_at, back.discharged_at) == ("CARD", None, None)
    nothing = came_to(ADMITTED, event(1, "cancel_admit")).stays["A"]
    assert nothing.cancelled


def test_a_cancellation_takes_back_the_message_it_names() -> None:
    first, second = event(2, "transfer", department="SURG"), event(4, "transfer", department="CARD")
    named = came_to(ADMITTED, first, second, event(5, "cancel_transfer", cancels=first.message)).stays["A"]
    assert (named.department, named.moved_at) == ("CARD", None)
    unnamed = came_to(ADMITTED, first, second, event(5, "cancel_transfer")).stays["A"]
    assert unnamed.department == "SURG"


def person(hour: int, number: str, into: str, kind: str = "merge_patient", **more: Any) -> Told:
    more = {"patient": number, "survivor": into, "message": f"{number}-{kind}-{hour}"} | more
    return event(hour, kind, "", **more)


@pytest.mark.parametrize(
    ("events", "reason"),
    [
        ([person(1, "P-A", "P-A")], "merges-itself"),
        ([person(1, "P-A", "P-B"), person(2, "P-A", "P-C")], "already-merged"),
        ([person(1, "P-A", "P-B"), person(2, "P-B", "P-A")], "merge-circle"),
        ([person(1, "P-A", "", "cancel_merge_patient")], "nothing-to-cancel"),
        ([MOVED], "unknown-encounter"),
        ([replace(ADMITTED, department="NOWHERE")], "unknown-department"),
        ([ADMITTED, event(1, "admit", message="other")], "already-admitted"),
        ([event(5, "admit"), MOVED], "not-admitted"),
        ([ADMITTED, GONE, event(12, "transfer", department="SURG")], "already-discharged"),
        ([ADMITTED, event(1, "cancel_admit"), MOVED], "admission-cancelled"),
        ([ADMITTED, event(1, "cancel_discharge")], "nothing-to-cancel"),
        ([ADMITTED, event(1, "merge", survivor="A")], "merges-itself"),
        ([ADMITTED, event(1, "merge", survivor="B")], "unknown-survivor"),
        ([ADMITTED, event(0, "admit", "B"), event(0, "admit", "C"), event(1, "merge", survivor="B"),
          event(2, "merge", survivor="C")], "already-merged"),
        ([ADMITTED, event(0, "admit", "B"), event(1, "merge", survivor="B"), event(2, "merge", "B", survivor="A")],
         "merge-circle"),
        ([replace(ADMITTED, wristband="W"), event(1, "admit", "B", wristband="W")], "wristband-taken"),
    ],
)  # fmt: skip
def test_what_contradicts_is_told_and_not_applied(events: list[Told], reason: str) -> None:
    assert list(came_to(*events).troubles.values()) == [reason]
    assert reason in REASONS


def test_the_same_said_twice_is_no_contradiction() -> None:
    again = came_to(ADMITTED, replace(ADMITTED, message="again"), GONE, replace(GONE, message="gone again"))
    assert again.troubles == {}


def test_a_merge_of_a_merge_ends_at_the_last_survivor_whose_patient_it_is() -> None:
    told = came_to(
        ADMITTED, event(0, "admit", "B"), event(0, "admit", "C"), event(3, "merge", "B", survivor="C"),
        event(1, "merge", survivor="B"),
    )  # fmt: skip
    assert (told.stays["A"].survivor, told.stays["A"].patient) == ("C", "P-C")
    undone = came_to(ADMITTED, event(0, "admit", "B"), event(1, "merge", survivor="B"), event(2, "cancel_merge"))
    assert (undone.stays["A"].survivor, undone.stays["A"].patient) == ("", "P-A")


def test_stays_of_merged_patients_are_the_survivors_under_their_own_numbers() -> None:
    stays = [replace(ADMITTED, patient_name="甲*"), event(0, "admit", "B", patient_name="乙*"), event(5, "admit", "C")]
    merges = [person(1, "P-A", "P-B"), person(2, "P-B", "P-C"), person(1, "P-A", "P-B", message="again")]
    told = came_to(*stays, *merges)
    assert told.troubles == {}
    assert {code: (stay.patient, stay.survivor, stay.patient_name) for code, stay in told.stays.items()} == {
        "A": ("P-C", "", "甲*"), "B": ("P-C", "", "乙*"), "C": ("P-C", "", ""),
    }  # fmt: skip
    undone = came_to(*stays, *merges[:2], person(3, "P-B", "", "cancel_merge_patient"))
    assert (undone.stays["A"].patient, undone.stays["A"].patient_name) == ("P-B", "乙*")


def test_a_cancelled_admission_leaves_another_stay_its_wristband() -> None:
    late = event(1, "admit", "B", wristband="W")
    told = came_to(replace(ADMITTED, wristband="W"), late, event(2, "cancel_admit", "B"))
    assert (told.stays["A"].wristband, told.stays["B"].wristband) == ("W", "")


def test_a_band_of_the_patients_number_goes_to_the_next_stay_once_the_first_is_over() -> None:
    first, second = replace(ADMITTED, wristband="W"), event(5, "admit", "B", wristband="W")
    gone = event(4, "discharge")
    told = came_to(first, gone, second)
    assert (told.stays["A"].wristband, told.stays["B"].wristband, told.troubles) == ("", "W", {})
    taken = came_to(first, second, replace(gone, occurred_at=second.occurred_at + timedelta(hours=1)))
    assert (taken.stays["A"].wristband, [*taken.troubles.values()]) == ("W", ["wristband-taken"])
    undone = came_to(first, gone, second, event(6, "cancel_discharge"))
    assert (undone.stays["A"].wristband, undone.stays["B"].wristband) == ("W", "")


def test_what_was_only_known_gives_way_to_what_is_told() -> None:
    known = replace(ADMITTED, message="A:admit", source="spd", department="SURG", known=True)
    assert came_to(known, MOVED).stays["A"].department == "SURG"
    assert came_to(known, ADMITTED).stays["A"].department == "CARD"


@st.composite
def stories(draw: st.DrawFn) -> list[Told]:
    made = []
    for number in range(draw(st.integers(2, 12))):
        kind = draw(st.sampled_from(list(EventKind)))
        more: dict[str, Any] = {"message": f"m{number}"}
        if kind in (EventKind.ADMIT, EventKind.TRANSFER):
            more["department"] = draw(st.sampled_from((*WARDS, "NOWHERE")))
            more["wristband"] = draw(st.sampled_from(("", "W1", "W2")))
        if kind is EventKind.MERGE:
            more["survivor"] = draw(st.sampled_from("ABC"))
        stay = draw(st.sampled_from("ABC"))
        if kind in OF_PATIENTS:
            more |= {"patient": f"P-{stay}", "survivor": f"P-{draw(st.sampled_from('ABC'))}"}
        made.append(event(draw(st.integers(0, 5)), kind.value, "" if kind in OF_PATIENTS else stay, **more))
    return made


@given(stories(), st.randoms(use_true_random=False))
@settings(max_examples=60, phases=[Phase.generate], deadline=None)
def test_the_order_they_come_in_changes_nothing(story: list[Told], chance: Any) -> None:
    shuffled = chance.sample(story, len(story))
    assert came_to(*shuffled) == came_to(*story)
    told = came_to(*story)
    bands = [stay.wristband for stay in told.stays.values() if stay.wristband]
    assert len(bands) == len(set(bands))
    assert all(not told.stays[stay.survivor].survivor for stay in told.stays.values() if stay.survivor)
