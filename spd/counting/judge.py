"""This file is the judging of a count: each thing counted against the book of its moment, and what nobody counted."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import Session

from spd import policies
from spd.core.occasion import Moment
from spd.counting.book import Book, Counted, books, finding_at, lines_of
from spd.counting.judged import COUNTED, Judged, Thing, is_seen
from spd.counting.models import Count, CountReason, Finding, Round
from spd.counting.things import counted_things, lines_with, lost_at_a_count, one_thing
from spd.counting.uncounted import uncounted
from spd.stock import abc
from spd.stock.until import Until

_TOLERANCES = {name: f"count.tolerance_{name.lower()}_permille" for name in ("A", "B", "C")}


def judge(session: Session, count: Count, *, on: date, only: int | None = None) -> list[Judged]:
    """Every thing of the count (or one item), by place and product. Nothing is kept of it: it is judged anew."""
    lines = lines_of(session, count.id, None if only is None else lines_with(session, count, only))
    told = books(session, count.id, lines)
    things = (
        {thing.item_id: thing for thing in counted_things(session, count)} if only is None else one_thing(session, only)
    )
    judging = _Judging(session, count, lines, told, things, on)
    found = [judging.item(item_id) for item_id in judging.by_item if only in (None, item_id)]
    if only is None:
        found += [_unknown(line) for line in lines if not line.items]
    found += uncounted(session, count, only)
    return _sorted(_with_reasons(session, count, found))


class _Judging:
    """One judging: the lines that hold for each item and round."""

    def __init__(
        self, session: Session, count: Count, lines: list[Counted], told: Mapping[tuple[int, int], Book],
        things: Mapping[int, Thing], on: date,
    ) -> None:  # fmt: skip
        self.count, self.told, self.things, self.on = count, told, things, on
        self.tolerance = tolerance_permille(session, {thing.product_id for thing in things.values()})
        self.dear = Decimal(policies.get(session, "count.recount_value"))
        self.by_another = policies.get(session, "count.recount_by") == "another"
        self.refound = lost_at_a_count(session, count)
        self.by_item: dict[int, dict[str, Counted]] = {}
        self.counters: dict[int, dict[int, None]] = {}
        for line in lines:
            for one in line.items:
                self._hold(one.item_id, line)

    def _hold(self, item_id: int, line: Counted) -> None:
        """The later line holds; but where a thing was seen where the book has it, that line does."""
        rounds = self.by_item.setdefault(item_id, {})
        before = rounds.get(line.round)
        if before is None or self._at_home(item_id, line) or not self._at_home(item_id, before):
            rounds[line.round] = line
        self.counters.setdefault(item_id, {})[line.staff_id] = None

    def _at_home(self, item_id: int, line: Counted) -> bool:
        return self.told[line.id, item_id].location_id == line.location_id

    def item(self, item_id: int) -> Judged:
        """What came out for one item."""
        rounds, thing = self.by_item[item_id], self.things[item_id]
        line, agreed = self._line(item_id, rounds, thing)
        book = self.told[line.id, item_id]
        finding = self._finding(line, book, thing)
        counted = book.quantity + self._share(line, item_id) if finding in COUNTED else line.quantity
        if finding is Finding.OK and counted == 0 < book.quantity:
            finding = Finding.MISSING
        if finding in COUNTED and not agreed:
            finding = Finding.DISAGREE
        judged = Judged(
            subject=thing.item, thing=thing, location_id=line.location_id, booked_id=book.location_id,
            finding=finding, book=book.quantity, counted=counted, at=self._since(item_id, rounds, line),
            counters=tuple(self.counters[item_id]),
        )  # fmt: skip
        return judged if Round.RECOUNT in rounds else self._again(judged)

    def _since(self, item_id: int, rounds: Mapping[str, Counted], line: Counted) -> datetime:
        """Since when it is known to be off by as much: counting again confirms what was counted first."""
        same = self._share(line, item_id)
        return min(one.at for one in rounds.values() if self._share(one, item_id) == same)

    def _line(self, item_id: int, rounds: Mapping[str, Counted], thing: Thing) -> tuple[Counted, bool]:
        """The line that holds, and whether those who counted agree."""
        if Round.RECOUNT in rounds:
            return rounds[Round.RECOUNT], True
        first, second = rounds.get(Round.FIRST), rounds.get(Round.SECOND)
        if first is None or second is None:
            line = first or second
            assert line is not None, "an item with lines has one"
            return line, self._whole(line) and (self.count.rounds == 1 or is_seen(thing))
        if is_seen(thing):  # who saw it saw it
            return (first if first.quantity else second), True
        same = self._share(first, item_id) == self._share(second, item_id)
        return first, same and self._whole(first) and self._whole(second)

    def _whole(self, line: Counted) -> bool:
        """Whether no later line took a part of its heap away."""
        return all(self.by_item[one.item_id].get(line.round) is line for one in line.items)

    def _share(self, line: Counted, item_id: int) -> int:
        """An item's share of a line's difference: what is missing of a heap is missing of its last things."""
        left = line.quantity - sum(self.told[line.id, one.item_id].quantity for one in line.items)
        shares = {one.item_id: 0 for one in line.items}
        for one in reversed(line.items):
            shares[one.item_id] = max(left, -self.told[line.id, one.item_id].quantity)
            left -= shares[one.item_id]
        return shares[item_id]

    def _finding(self, line: Counted, book: Book, thing: Thing) -> Finding:
        if book.quantity == 0 == line.quantity:
            return Finding.OK
        until, when = Until(thing.expires_on, thing.expires_at), Moment(self.on, line.at)
        found = finding_at(book, line.location_id, until, refound=thing.item_id in self.refound, when=when)
        away = found in (Finding.ELSEWHERE, Finding.IN_TRANSIT)
        return Finding.MOVED if away and thing.location_id == line.location_id else found

    def _again(self, judged: Judged) -> Judged:
        """The same, to be counted again where it is off by more than the hospital lets pass."""
        assert judged.thing is not None
        off, dear = abs(judged.difference), abs(judged.value) > self.dear
        allowed = 0 if is_seen(judged.thing) else self.tolerance[judged.thing.product_id] * judged.book
        again = off * 1000 > allowed or dear or judged.finding is Finding.DISAGREE
        return replace(judged, recount=again, by_other=dear or (again and self.by_another))


def tolerance_permille(session: Session, product_ids: Collection[int]) -> dict[int, int]:
    """By how many thousandths of the book a count of each product may be off: the policy of its class, A, B or C.

    Source: domain facts E4.
    """
    said = policies.several(session, *_TOLERANCES.values())
    classes = abc.class_of(session, product_ids)
    return {number: int(said[_TOLERANCES[classes.get(number, "C")]]) for number in product_ids}


def _unknown(line: Counted) -> Judged:
    return Judged(
        subject=f"?{line.id}", thing=None, said=line.said, location_id=line.location_id, finding=Finding.UNKNOWN,
        book=0, counted=line.quantity, at=line.at, counters=(line.staff_id,),
    )  # fmt: skip


def _with_reasons(session: Session, count: Count, found: list[Judged]) -> list[Judged]:
    query = select(CountReason).where(CountReason.count_id == count.id).order_by(CountReason.id)
    newest = {row.subject: row for row in session.scalars(query)}
    return [
        replace(one, reason=newest[one.subject].reason, note=newest[one.subject].note) if one.subject in newest else one
        for one in found
    ]


def _sorted(found: list[Judged]) -> list[Judged]:
    return sorted(found, key=lambda one: (one.location_id, one.thing.product if one.thing else "~", one.subject))
