"""This file is command cards: printed codes that do what a button does, so that no hand leaves the scanner."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from flask import Response, render_template
from werkzeug.exceptions import NotFound

from api.i18n import gettext as _
from api.pages import bp
from scanners import Scan, labels, own
from scanners.labels import Label


@dataclass(frozen=True)
class Command:
    """One card: its name, its code, what it says in both languages, what it does in the reader's."""

    name: str
    zh: str
    en: str
    does: Callable[[], str]

    @property
    def code(self) -> str:
        """The code on the card: the same in every hospital, of the kind that no thing carries."""
        return own.derive("command", f"command:{self.name}".encode())

    def label(self) -> Label:
        """What is printed."""
        return Label(code=self.code, title_zh="命令卡", title_en="Command card", name=self.zh, name_en=self.en)


RECEIVE_FINISH = Command(
    "receive-finish", "收货完成", "Finish receiving", lambda: _("Ends the receipt; differences are listed first.")
)
REFILL_FINISH = Command(
    "refill-finish", "完成波次", "Finish the wave", lambda: _("Ends a wave of picking; what is not picked came short.")
)
REFILL_SHORT = Command("refill-short", "没有货, 下一个", "Not there, next", lambda: _("The pack shown is not there."))
REFILL_SEAL = Command("refill-seal", "封箱", "Seal the tote", lambda: _("Seals the fullest tote of the wave."))
COUNT_FINISH = Command(
    "count-finish", "盘点完成", "Counting is over", lambda: _("Ends counting; what differs is reviewed.")
)
LOCK = Command("lock", "锁定", "Lock", lambda: _("Locks a shared device; whoever comes next scans their badge."))
COMMANDS = (RECEIVE_FINISH, REFILL_FINISH, REFILL_SHORT, REFILL_SEAL, COUNT_FINISH, LOCK)


def find(scan: Scan | None) -> Command | None:
    """The command that a scan is, if it is one."""
    return next((one for one in COMMANDS if scan is not None and scan.code == one.code), None)


@bp.get("/cards")
def cards() -> str:
    """Every card, to print."""
    return render_template("cards.html", commands=COMMANDS)


@bp.get("/cards/<name>.<any(pdf, svg):kind>")
def cards_file(name: str, kind: str) -> Response:
    """One card as a file; `all.pdf` is every card, one to a page."""
    wanted = [one for one in COMMANDS if name in (one.name, "all")]
    if not wanted or (name == "all" and kind == "svg"):
        raise NotFound
    size = labels.SIZES["badge"]
    if kind == "svg":
        return Response(labels.svg(wanted[0].label(), size), content_type="image/svg+xml")
    return Response(labels.pdf([one.label() for one in wanted], size), content_type="application/pdf")
