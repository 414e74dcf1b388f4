"""This file is who may sign where: nurses of the ward for it, storekeepers for a store; by badge, or as they are."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy.orm import Session

from spd import policies
from spd.core.errors import NotAllowed, Refused
from spd.core.money import ZERO, shown
from spd.places import WARD_KINDS, Location
from spd.staff import Person, Role, UnknownStaff, find_person, get_staff
from spd.stock import Goods

SIGNERS = (Role.NURSE, Role.HEAD_NURSE)


class NotYourWard(NotAllowed):
    """Only the ward itself signs."""

    code = "not-your-ward"
    error = "E15"
    say = {
        "zh": "您无权在此科室签收。请该科室护士签收。",
        "en": "You may not sign for this ward. Ask a nurse of the ward to sign.",
    }


class PinNeeded(Refused):
    """The tote is worth so much that its receiver proves who they are."""

    code = "pin-needed"
    error = "E23"
    verdict = "repeat"
    say = {
        "zh": "此箱价值 {value} 元, 须刷工牌并输入密码后签收。",
        "en": "This tote is worth {value} yuan: scan your badge and enter your password to sign.",
    }


def by_badge(session: Session, badge: str) -> Person:
    """The person of a badge, with their roles. Raises: UnknownStaff."""
    person = find_person(session.connection(), get_staff(session, badge).id)
    if person is None:
        raise UnknownStaff(staff=badge)
    return person


def refuse_stranger(person: Person, place: Location) -> None:
    """Refuse a signature by who is not of the place. Raises: NotYourWard."""
    mine = person.departments(*SIGNERS) if place.kind in WARD_KINDS else person.departments(Role.STOREKEEPER)
    if mine is not None and place.department_id not in mine:
        raise NotYourWard(location=place.code)


def refuse_unproved(session: Session, goods: Sequence[Goods], *, proved: bool) -> None:
    """Refuse a signature without badge and password for what is worth more than the hospital's policy says.

    Raises: PinNeeded.
    """
    limit = policies.get(session, "sign.badge_value")
    value = sum((one.item.quantity * one.item.unit_price for one in goods), ZERO)
    if limit and value > limit and not proved:
        raise PinNeeded(value=shown(value))
