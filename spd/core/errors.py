"""This file is the four refusals; concrete ones live beside the rule that raises them."""

from __future__ import annotations

from datetime import datetime, tzinfo
from typing import Any, ClassVar


class Refusal(Exception):
    """An act that was not done, and why, in words for the person at the scanner.

    `code` is stable; `error` is the row of the error table shown on scan pages; `verdict` is stop, caution or repeat;
    `say` has one sentence each in zh and en: what happened, why, what to do. `facts` fill it and are given to programs.
    """

    code: ClassVar[str] = "refused"
    error: ClassVar[str] = ""
    verdict: ClassVar[str] = "stop"
    status: ClassVar[int] = 422
    say: ClassVar[dict[str, str]] = {"zh": "不能执行。", "en": "This cannot be done."}

    def __init__(self, **facts: Any) -> None:
        super().__init__(f"{self.code} {facts}")
        self.facts = facts
        self.about: dict[str, Any] = {}
        """What it was about, by number, for whoever keeps it; not told to anybody."""

    def sentence(self, language: str, zone: tzinfo | None = None) -> str:
        """What to tell the person, in `zh` or `en`; instants by the clock of a zone, where the door knows one."""
        return self.saying()[language].format(**{name: _shown(fact, zone) for name, fact in self.facts.items()})

    def saying(self) -> dict[str, str]:
        """The sentences that fit what is known of it."""
        return self.say


def _shown(fact: Any, zone: tzinfo | None) -> Any:
    if not isinstance(fact, datetime):
        return fact
    return f"{fact.astimezone(zone):%Y-%m-%d %H:%M}" if zone else fact.isoformat(timespec="minutes")


class NotFound(Refusal):
    """There is no such thing."""

    code = "not-found"
    status = 404
    say = {"zh": "找不到 {what}。核对后重试。", "en": "{what} was not found. Check it and try again."}


class Refused(Refusal):
    """A rule forbids it."""


class Conflict(Refusal):
    """Somebody or something else was there first."""

    code = "conflict"
    status = 409
    say = {"zh": "刚被他人操作, 请重扫。", "en": "Somebody else has just changed this. Scan it again."}


class NotAllowed(Refusal):
    """This person may not do it here."""

    code = "not-allowed"
    error = "E15"
    status = 403
    say = {
        "zh": "您无权执行此操作。请由有权限的同事处理, 或联系管理员。",
        "en": "You may not do this here. Ask a colleague who may, or the administrator.",
    }
