"""This file is what a line of an invoice is most likely for: of its delivery note, at its price, the oldest."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

from spd.settlement.invoices.models import InvoiceLine


@dataclass(frozen=True, kw_only=True)
class Chosen:
    """So many base units of an invoice's line are for this posting; the sign is the posting's."""

    line: int
    posting_id: int
    quantity: int


@dataclass(frozen=True, kw_only=True)
class OpenPosting:
    """An accrued posting and what of it no invoice is matched to."""

    posting_id: int
    product_id: int
    lot: str
    quantity: int
    amount: Decimal
    matched: int
    accrued: Decimal
    movement_id: int
    undoes_id: int | None
    """The movement that this one undoes."""
    receipt_line_id: int | None
    """The line of the delivery note that the goods came in by."""
    of_note: bool
    """Whether that is the note which the invoice names."""

    @property
    def left(self) -> int:
        """Base units still without an invoice, with the sign of what was accrued."""
        return self.quantity - self.matched

    @property
    def unit_price(self) -> Decimal:
        """What one base unit was accrued at."""
        return self.amount / self.quantity


def propose(lines: Sequence[InvoiceLine], open_: Sequence[OpenPosting], taken: dict[int, int]) -> Iterator[Chosen]:
    """What each line is most likely for: its product, its lot where one is printed; first goods of the invoice's
    delivery note, then those at its price, then the oldest. `taken` is what of each line is matched already.

    A red line is for what was undone or sent back. Beside what a blue line is for it takes what was undone together
    with what that undoes, as far as the invoice leaves that over: who bills all and sends a red invoice has both.
    """
    goods: dict[int | None, _Goods] = {}
    for one in open_:
        goods.setdefault(one.product_id, _Goods([])).open.append(one)
    wanted = {line.id: line.quantity - taken.get(line.id, 0) for line in lines}
    for line in lines:
        if (its := goods.get(line.product_id)) is not None:
            its.wanted += max(wanted[line.id], 0)
    for its in goods.values():
        its.begin()
    for line in lines:
        if wanted[line.id] and (its := goods.get(line.product_id)) is not None:
            for posting, quantity in its.pick(line, wanted[line.id]).items():
                yield Chosen(line=line.line, posting_id=posting, quantity=quantity)


class _Goods:
    """What is open of one product, and how much of it lines have not picked yet."""

    def __init__(self, open_: list[OpenPosting]) -> None:
        self.open = open_
        self.wanted = 0

    def begin(self) -> None:
        """All of it is there to be picked."""
        self.left = {one.posting_id: one.left for one in self.open}
        self.spare = sum(one.left for one in self.open if one.left > 0) - self.wanted
        blue = [one for one in self.open if one.left > 0]
        by_movement: dict[int, list[OpenPosting]] = {}
        by_receipt: dict[int | None, list[OpenPosting]] = {}
        for one in blue:
            by_movement.setdefault(one.movement_id, []).append(one)
            by_receipt.setdefault(one.receipt_line_id, []).append(one)
        self.undone = {
            one.posting_id: by_movement.get(one.undoes_id, [])
            if one.undoes_id is not None
            else by_receipt.get(one.receipt_line_id, [])
            if one.receipt_line_id is not None
            else []
            for one in self.open
            if one.left < 0
        }

    def pick(self, line: InvoiceLine, wanted: int) -> dict[int, int]:
        """Base units of each posting that a line is for."""
        fitting = [one for one in self.open if line.lot in ("", one.lot) and self.left[one.posting_id]]
        fitting.sort(key=lambda one: (not one.of_note, one.unit_price != line.unit_price))
        picked: dict[int, int] = {}
        red = [one for one in fitting if self.left[one.posting_id] < 0]
        if wanted < 0:
            for one in sorted(red, key=self._comes_to_nothing):
                wanted -= self._take(picked, one, max(self.left[one.posting_id], wanted))
            return picked
        blue = [one for one in fitting if self.left[one.posting_id] > 0]
        spare = min(self.spare, sum(self.left[one.posting_id] for one in blue) - wanted)
        for one in red if spare > 0 else ():
            for undone in self.undone[one.posting_id]:
                part = min(spare, -self.left[one.posting_id], self.left[undone.posting_id])
                if part > 0 and line.lot in ("", undone.lot):
                    self._take(picked, undone, part)
                    self._take(picked, one, -part)
                    spare, self.spare = spare - part, self.spare - part
        for one in blue:
            wanted -= self._take(picked, one, min(self.left[one.posting_id], wanted))
        return picked

    def _comes_to_nothing(self, red: OpenPosting) -> bool:
        """Whether what a red posting undoes is open too: no invoice has billed it."""
        return any(self.left[one.posting_id] > 0 for one in self.undone[red.posting_id])

    def _take(self, picked: dict[int, int], one: OpenPosting, part: int) -> int:
        if part:
            picked[one.posting_id] = picked.get(one.posting_id, 0) + part
            self.left[one.posting_id] -= part
        return part
