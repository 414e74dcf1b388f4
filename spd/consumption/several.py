"""This file is uses out of a device's queue: read by one statement, written by one, each judged alone."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date

from sqlalchemy.orm import Session

from scanners import Scan
from spd import ledger
from spd.consumption.judging import ALSO
from spd.consumption.record import Drafted, Use, UseScanned, draft_use, drafted_told
from spd.core.errors import Refusal
from spd.core.occasion import Moment
from spd.ledger import Draft
from spd.stock import ForUse, sooner
from spd.stock.goods import Wanted, for_use_of_several
from spd.stock.identify import ITEM_LABELS

_SOONER = next(at for at, one in enumerate(ALSO) if one is sooner.SOONER)


def record_several(session: Session, uses: Sequence[UseScanned]) -> list[Use | Refusal]:
    """What became of the first of these uses, in their order: each as `record_use` would have it, and its refusal told.

    It ends before the first that has to be recorded alone: one that was asked before, of a thing that an earlier one
    used, of a label that says no more than the product, of another day, one before which another was to be used that
    an earlier one may have used, or that may be past its hour by then. None at all where that is the first.
    Nothing is written where anything is refused by the database. Raises: Racing, Moved, PeriodClosed, AlreadyReversed.
    """
    first = list(_alike(uses))
    if not first:
        return []
    wanted = [Wanted(item=code, encounter=use.encounter, request_key=use.occasion.request_key) for use, code in first]
    when = min((use.occasion for use, _ in first), key=lambda one: one.occurred_at).moment
    found = for_use_of_several(session, wanted, when=when, also=ALSO)
    return _written(session, [use for use, _ in first], list(_settled(found, [use for use, _ in first], when)))


def _alike(uses: Sequence[UseScanned]) -> Iterator[tuple[UseScanned, str]]:
    """The first uses of one day, each of another thing, with its code."""
    seen: set[str] = set()
    for use in uses:
        code = _code(use.item)
        if code is None or code in seen or use.occasion.day != uses[0].occasion.day:
            return
        seen.add(code)
        yield use, code


def _code(said: str | Scan) -> str | None:
    """The code of one thing, where the label itself says which; as `stock.item_code` has it."""
    if isinstance(said, str):
        return said
    if said.kind in ITEM_LABELS and said.code:
        return said.code
    return f"{said.di}.{said.serial}" if not said.is_own and said.di and said.serial and said.doubt is None else None


def _settled(found: Sequence[ForUse | None], uses: Sequence[UseScanned], when: Moment) -> Iterator[ForUse]:
    """The first that are new and of which no earlier one changes what was read: all were read before any is used."""
    taken: set[tuple[int, date | None]] = set()
    for one, use in zip(found, uses, strict=True):
        if one is None or one.asked is not None:
            return
        product, before = one.goods.item.product_id, one.also[_SOONER]
        if before is not None and (product, before) in taken:
            return
        if before == when.day and use.occasion.moment != when:
            return  # by the hour of this one that other may be past its own
        taken.add((product, one.goods.expires_on))
        yield one


def _written(session: Session, uses: Sequence[UseScanned], found: Sequence[ForUse]) -> list[Use | Refusal]:
    judged: list[Drafted | Refusal] = []
    draft: Draft | None = None
    for use, one in zip(uses, found, strict=False):
        try:
            drafted = draft_use(session, use, one, beside=draft)
        except Refusal as error:
            judged.append(error)
            continue
        draft = drafted.draft
        judged.append(drafted)
    if drafts := [one.draft for one in judged if isinstance(one, Drafted)]:
        ledger.write_together(session, drafts)
    return [drafted_told(session, one) if isinstance(one, Drafted) else one for one in judged]
