"""This file is sterilising: kits and trays of loaner sets that were of one load, and loads that failed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from spd import ledger
from spd.core.errors import NotFound, Refused
from spd.core.occasion import Occasion
from spd.stock import kits
from spd.stock.loaned import LoanerSet, SetStanding, get_set
from spd.stock.sterility import SterileLotFailure, Sterilisation
from spd.theatre.refusals import SetEnded


class NothingSterilised(Refused):
    """No kit and no set was named."""

    code = "nothing-sterilised"
    error = "E01"
    say = {
        "zh": "未扫描任何套包或跟台器械包。逐个扫描本锅次的标签。",
        "en": "No kit and no loaner set was scanned. Scan the label of everything in the load.",
    }


class SterileTooShort(Refused):
    """What is sterile until a day that is past is not sterile."""

    code = "sterile-too-short"
    error = "E06"
    say = {
        "zh": "灭菌有效期 {until_on} 早于灭菌当日。核对灭菌标签后重新输入。",
        "en": "{until_on} is before the day of the sterilisation. Check the label and enter it again.",
    }


class UnknownSterileLot(NotFound):
    """Nothing was sterilised in a load of this number."""

    code = "unknown-sterile-lot"
    error = "E01"
    say = {
        "zh": "没有灭菌批次 {lot} 的记录。核对批号。",
        "en": "Nothing is on record of sterilisation lot {lot}. Check its number.",
    }


class LotFailedBefore(Refused):
    """A load that failed makes nothing sterile."""

    code = "sterile-lot-failed"
    error = "E08"
    say = {
        "zh": "灭菌批次 {lot} 已判不合格。重新灭菌后用新的批号登记。",
        "en": "Sterilisation lot {lot} has failed. Sterilise again and enter the new lot.",
    }


@dataclass(frozen=True, kw_only=True)
class ToSterilise:
    """The codes of kits and loaner sets of one load, its number, and the last day on which they are sterile."""

    occasion: Occasion
    codes: Sequence[str]
    lot: str
    until_on: date
    departments: frozenset[int] | None = None


@dataclass(frozen=True, kw_only=True)
class Load:
    """What was of one load: kits and sets by code."""

    lot: str
    kits: tuple[str, ...]
    sets: tuple[str, ...]
    repeated: bool = False


def sterilise(session: Session, asked: ToSterilise) -> Load:
    """Kits and sets that are sterile from now on, all of them or none. Asked again with the same key, the first answer.

    Raises: KeyReused, NothingSterilised, SterileTooShort, LotFailedBefore, UnknownKit, UnknownSet, KitEnded, SetEnded.
    """
    when = asked.occasion
    known = list(session.scalars(_of_request(when).order_by(Sterilisation.line)))
    if known:
        if known[0].content != when.content:
            raise ledger.KeyReused(key=str(when.request_key))
        return _load(session, known[0].lot, known, repeated=True)
    if not asked.codes:
        raise NothingSterilised()
    if asked.until_on < when.day:
        raise SterileTooShort(until_on=asked.until_on.isoformat())
    if session.scalar(select(SterileLotFailure.id).where(SterileLotFailure.lot == asked.lot)) is not None:
        raise LotFailedBefore(lot=asked.lot)
    things = [_thing(session, code, asked.departments) for code in dict.fromkeys(asked.codes)]
    rows = [
        Sterilisation(
            request_key=when.request_key, content=when.content, line=number, lot=asked.lot, until_on=asked.until_on,
            done_at=when.occurred_at, done_by_id=when.staff_id,
            kit_id=thing.id if isinstance(thing, kits.Kit) else None,
            set_id=thing.id if isinstance(thing, LoanerSet) else None,
        )
        for number, thing in enumerate(things, 1)
    ]  # fmt: skip
    session.add_all(rows)
    try:
        session.flush()  # told twice at once, one is refused here
    except IntegrityError as error:
        raise ledger.Racing() from error
    _forget(session)
    return _load(session, asked.lot, rows)


def _of_request(when: Occasion) -> Any:
    return select(Sterilisation).where(Sterilisation.request_key == when.request_key)


def _thing(session: Session, code: str, departments: frozenset[int] | None) -> kits.Kit | LoanerSet:
    """Raises: UnknownKit, UnknownSet, KitEnded, SetEnded."""
    kit = kits.find_kit(session, code)
    if kit is not None:
        if kit.state != kits.ASSEMBLED:
            raise kits.KitEnded(kit=code)
        return kit
    loaned = get_set(session, code, departments=departments)
    if loaned.standing != SetStanding.IN:
        raise SetEnded(set=code, standing=loaned.standing)
    return loaned


def fail_lot(session: Session, when: Occasion, lot: str, why: str) -> Load:
    """A load that was not sterile after all: none of it may be used, and what was of it is told.

    Said again by anybody it stays as it was said first. Raises: UnknownSterileLot, KeyReused.
    """
    rows = list(session.scalars(select(Sterilisation).where(Sterilisation.lot == lot).order_by(Sterilisation.id)))
    if not rows:
        raise UnknownSterileLot(lot=lot)
    known = session.scalars(
        select(SterileLotFailure).where(
            (SterileLotFailure.request_key == when.request_key) | (SterileLotFailure.lot == lot)
        )
    ).one_or_none()
    if known is not None:
        if known.request_key == when.request_key and known.content != when.content:
            raise ledger.KeyReused(key=str(when.request_key))
        return _load(session, lot, rows, repeated=True)
    failure = SterileLotFailure(
        request_key=when.request_key, content=when.content, lot=lot, why=why, said_at=when.occurred_at,
        said_by_id=when.staff_id,
    )  # fmt: skip
    session.add(failure)
    try:
        session.flush()  # two who say it at once: one is refused here
    except IntegrityError as error:
        raise ledger.Racing() from error
    _forget(session)
    return _load(session, lot, rows)


def _load(session: Session, lot: str, rows: Sequence[Sterilisation], *, repeated: bool = False) -> Load:
    of_kits, of_sets = ([one for row in rows if (one := getattr(row, name))] for name in ("kit_id", "set_id"))
    return Load(
        lot=lot, repeated=repeated,
        kits=tuple(session.scalars(select(kits.Kit.code).where(kits.Kit.id.in_(of_kits)).order_by(kits.Kit.id))),
        sets=tuple(session.scalars(select(LoanerSet.code).where(LoanerSet.id.in_(of_sets)).order_by(LoanerSet.id))),
    )  # fmt: skip


def _forget(session: Session) -> None:
    """What kits said of themselves before is read anew."""
    for one in list(session.identity_map.values()):
        if isinstance(one, kits.Kit):
            session.expire(one, ["sterile"])
