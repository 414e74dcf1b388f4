"""This file is loaner sets in the words of the tests: listed, counted in, counted out, closed."""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session

from scanners import Scan
from spd import theatre
from spd.stock.loaned import LoanerSet
from spd.theatre import Counted, CountedIn, CountedOut, ListedLine, SetEnding, SetListed
from tests import build
from tests.build import SCREW_DI, STENT_DI, Hospital

LINES = (ListedLine(product="SCREW", lot="L1", quantity=10), ListedLine(product="STENT", lot="L1", serial="SN-LOAN"))
STENT = f"{STENT_DI}.SN-LOAN"


def listed(session: Session, h: Hospital, **said: Any) -> LoanerSet:
    """A set for an operation in theatre: ten screws of one lot, one stent."""
    known: dict[str, Any] = {
        "occasion": build.occasion(h.nurse), "name": "骨科内固定器械", "supplier": h.stents.code,
        "location": h.theatre.code, "representative": "李某 (虚构)", "card": "R-01", "lines": LINES,
    }  # fmt: skip
    return theatre.list_set(session, SetListed(**(known | said)))[0]


def screws(number: int) -> Counted:
    return Counted(scan=build.scan(SCREW_DI), quantity=number)


def stent() -> Counted:
    return Counted(scan=build.scan(STENT_DI, serial="SN-LOAN"))


def own(code: str, number: int = 1) -> Counted:
    """Our own label, scanned."""
    return Counted(scan=Scan(raw=code, kind="bulk", data=code, code=code), quantity=number)


def came(session: Session, h: Hospital, loaned: LoanerSet, *pieces: Counted, **said: Any) -> LoanerSet:
    """The set counted in by the nurse and the keeper."""
    known: dict[str, Any] = {"occasion": build.occasion(h.nurse), "seen_by_id": h.keeper.id}
    return theatre.count_in(
        session, CountedIn(set=loaned.code, pieces=pieces or (screws(10), stent()), **(known | said))
    )[0]


def went(session: Session, h: Hospital, loaned: LoanerSet, *pieces: Counted, **said: Any) -> LoanerSet:
    """So much of the set counted out by the two."""
    known: dict[str, Any] = {"occasion": build.occasion(h.nurse), "seen_by_id": h.keeper.id, "note": "李某"}
    return theatre.count_out(session, CountedOut(set=loaned.code, pieces=pieces, **(known | said)))[0]


def close(session: Session, h: Hospital, loaned: LoanerSet) -> LoanerSet:
    return theatre.close(session, SetEnding(occasion=build.occasion(h.nurse), set=loaned.code))[0]
