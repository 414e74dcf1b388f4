"""PINs: which are too weak, and what wrong ones come to."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from spd import signing_on
from spd.signing_on import FAR, HERE, WAIT, EnrolledDevice, NoPin, PinEnded, PinWaits, SignOn, SignOnAct
from spd.staff import Staff, find_person
from tests import build
from tests.build import NOW, Hospital


@pytest.mark.parametrize(
    ("pin", "code", "weak"),
    [
        ("1234", "", True), ("0000", "", True), ("9876", "", True), ("7890", "", True), ("890123", "", True),
        ("1212", "", True), ("123123", "", True), ("1122", "", True), ("1985", "", True), ("2024", "", True),
        ("123", "", True), ("1234567", "", True), ("12a4", "", True), ("١٢٣٩", "", True), ("4711", "n4711", True),
        ("904711", "n4711", True), ("4719", "n4711", False), ("2846", "", False), ("19857", "", False),
        ("382946", "nurse", False),
    ],
)  # fmt: skip
def test_a_pin_that_is_guessed_first_is_weak(pin: str, code: str, weak: bool) -> None:
    assert signing_on.is_weak(pin, code) is weak


@pytest.fixture
def device(session: Session, h: Hospital) -> EnrolledDevice:
    said = signing_on.Said(code="PDA-1", name="心内手持", location="CARD-W")
    return signing_on.register(session, build.occasion(h.keeper), said)


def with_pin(session: Session, staff: Staff, *, hours: int = 0) -> None:
    person = find_person(session.connection(), staff.id)
    assert person is not None
    when = build.occasion(staff, at=NOW + timedelta(hours=hours))
    signing_on.settle_pin(session, when, person, f"hash{hours}", enrolled_id=None)


def errs(session: Session, staff: Staff, device: EnrolledDevice, times: int, *, minutes: int = 0) -> None:
    for _ in range(times):
        signing_on.try_pin(session, staff.id, device.id, at=NOW + timedelta(minutes=minutes))


def test_who_has_no_pin_is_told_so_and_no_try_is_counted(session: Session, h: Hospital, device: EnrolledDevice) -> None:
    with pytest.raises(NoPin):
        errs(session, h.nurse, device, 1)
    assert session.scalars(select(SignOn.id)).all() == []


def test_wrong_pins_in_a_row_make_a_person_wait_at_that_device_alone(
    session: Session, h: Hospital, device: EnrolledDevice
) -> None:
    other = signing_on.register(session, build.occasion(h.keeper), signing_on.Said(code="PDA-2"))
    with_pin(session, h.nurse)
    errs(session, h.nurse, device, HERE)
    with pytest.raises(PinWaits) as refused:
        errs(session, h.nurse, device, 1, minutes=5)
    assert refused.value.facts["minutes"] == 10
    errs(session, h.nurse, other, 1)
    errs(session, h.nurse, device, 1, minutes=1 + int(WAIT.total_seconds()) // 60)


def test_a_right_pin_forgets_the_wrong_ones(session: Session, h: Hospital, device: EnrolledDevice) -> None:
    with_pin(session, h.nurse)
    errs(session, h.nurse, device, HERE)
    signing_on.note(session, h.nurse.id, device.id, SignOnAct.ON, at=NOW)
    errs(session, h.nurse, device, HERE)
    with pytest.raises(PinWaits):
        errs(session, h.nurse, device, 1)


def test_wrong_too_often_the_pin_ends_until_another_is_set(
    session: Session, h: Hospital, device: EnrolledDevice
) -> None:
    with_pin(session, h.nurse)
    for hour in range(FAR):
        errs(session, h.nurse, device, 1, minutes=60 * hour)
    with pytest.raises(PinEnded):
        errs(session, h.nurse, device, 1, minutes=6000)
    with_pin(session, h.nurse, hours=101)
    assert signing_on.try_pin(session, h.nurse.id, device.id, at=NOW + timedelta(hours=102)).hash == "hash101"


def test_a_device_at_which_everybody_errs_takes_no_pin_for_a_while(
    session: Session, h: Hospital, device: EnrolledDevice
) -> None:
    people = [Staff(code=f"p{number}", name="某某") for number in range(8)]
    session.add_all(people)
    session.flush()
    for person in people:
        with_pin(session, person)
    with pytest.raises(PinWaits):
        for _ in range(4):
            for person in people:
                errs(session, person, device, 1)
