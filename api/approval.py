"""This file is the second person at the bedside: badge and password, which rules they let pass, and why."""

from __future__ import annotations

from collections.abc import Iterable

from api import badge
from api.here import read
from spd.consumption import Approval, OverrideReason
from spd.core.errors import Refused
from spd.staff import get_staff
from spd.theatre import WitnessMissing


class SecondPersonMissing(Refused):
    """A rule was to be let pass without badge, password or reason."""

    code = "second-person-missing"
    error = "E15"
    say = {
        "zh": "放行须第二人刷工牌、输入密码并选择原因。",
        "en": "A second person scans a badge, enters a password and chooses a reason.",
    }


def proved(second: str, pin: str, reason: str, rules: Iterable[str]) -> Approval:
    """What the person of a badge lets pass, their password given.

    Raises: SecondPersonMissing, UnknownStaff, TooManyRequests, WrongPassword.
    """
    if not second or not pin or reason not in {one.value for one in OverrideReason}:
        raise SecondPersonMissing()
    badge.proved(second, pin)
    number = read(lambda session: get_staff(session, second).id)
    return Approval(staff_id=number, reason=OverrideReason(reason), rules=frozenset(rules))


def witness(second: str, pin: str) -> int:
    """The number of the second person who counts along, their password given.

    Raises: WitnessMissing, UnknownStaff, TooManyRequests, WrongPassword.
    """
    if not second or not pin:
        raise WitnessMissing()
    badge.proved(second, pin)
    return read(lambda session: get_staff(session, second).id)
