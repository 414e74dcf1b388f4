"""This file is the one answer to a counted thing: counted, look at it, or stop and put it aside."""

from __future__ import annotations

from typing import Any

from api.i18n import gettext as _
from api.i18n import instant
from api.pages.scanned import named
from api.pages.verdicts import Verdict, done, stop
from spd.counting import Finding, Recorded


def finding_verdict(line: Recorded) -> Verdict:
    """The verdict of a line; what the book expects is never in it."""
    name = named(line.name, line.name_en) or line.item
    lot = f"{_('Lot')} {line.lot}" if line.lot else ""
    many = f"{line.quantity} {line.base_unit}".strip()
    if line.kind == "kit":
        many = _("Kit with %(number)s things in it, all counted") % {"number": line.quantity}
    what = " · ".join(part for part in (lot, many) if part)
    counted: dict[str, Any] = {"count": line.lines, "count_label": _("counted here")}
    if line.finding is Finding.UNKNOWN:
        return stop(
            "E01", _("Code not recognised"), _("Put it aside. It is on the list of exceptions."), what=line.item
        )
    if line.finding in (Finding.USED, Finding.GONE):
        return stop("E16", _gone(line), _("Put it aside. It is on the list of exceptions."), what=f"{name} · {lot}")
    if line.finding is Finding.ELSEWHERE:
        moved = {"item": line.item, "name": name, "booked_at": line.booked_at}
        return _look("E20", name, _("The book has it at %(place)s.") % {"place": line.booked_at}, move=moved, **counted)
    if line.again:
        kept = _("Counted before: this number holds now.")
        kind = "caution" if line.kind == "bulk" else "repeat"
        return {"class": kind, "code": "E03", "title": name, "what": kept if kind == "caution" else what, **counted}
    words = {
        Finding.HELD: ("E08", _("Counted. It is on hold: keep it apart.")),
        Finding.EXPIRED: ("E06", _("Counted. It is expired: put it in the return box.")),
        Finding.IN_TRANSIT: ("E02", _("Nobody has signed for it. Sign for its tote first.")),
        Finding.REFOUND: ("E20", _("Lost at an earlier count, and here again. Counted.")),
    }
    if line.finding in words:
        return _look(words[line.finding][0], name, words[line.finding][1], **counted)
    return done(name, what, note=what, **counted)


def _gone(line: Recorded) -> str:
    if line.finding is Finding.GONE:
        return _("Gone by the book, but here")
    when = instant(line.used_at) if line.used_at else ""
    return _("Used at %(when)s, but here") % {"when": when}


def _look(code: str, title: str, what: str, **more: object) -> Verdict:
    return {"class": "caution", "code": code, "title": title, "what": what, "note": what, **more}
