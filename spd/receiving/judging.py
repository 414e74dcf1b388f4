"""This file is whether a note takes what was scanned: each piece to a line with room, held, put aside, or refused."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from spd import ledger
from spd.catalog import Lot, LotDiffers, find_lots
from spd.core.errors import Refusal
from spd.ledger import Item
from spd.licensing import Finding, Unlicensed
from spd.receiving import cold, licences
from spd.receiving.notes import LineState
from spd.receiving.packages import (
    Aside,
    Bay,
    Delivered,
    ExpiryMissing,
    LotMissing,
    NotOnNote,
    OverDelivered,
    Package,
    Piece,
    Quarantine,
    TooNearExpiry,
    UnknownCode,
    Ware,
)
from spd.receiving.records import AsideKind
from spd.stock import deny_list
from spd.stock.deny_list import Arriving, RecallTarget
from spd.stock.doubtful import LabelInDoubt, in_doubt
from spd.stock.safety import Expired, Recalled, refuse_expired, refuse_recalled
from spd.stock.until import NEVER, Until

_AT_ONCE = 500
_KINDS: dict[type[Refusal], AsideKind] = {
    UnknownCode: AsideKind.UNKNOWN,
    NotOnNote: AsideKind.UNEXPECTED,
    OverDelivered: AsideKind.OVER,
    Expired: AsideKind.EXPIRED,
    TooNearExpiry: AsideKind.NEAR_EXPIRY,
    LotDiffers: AsideKind.MISLABELLED,
    LabelInDoubt: AsideKind.MISLABELLED,
    LotMissing: AsideKind.MISLABELLED,
    ExpiryMissing: AsideKind.MISLABELLED,
    ledger.CodeTaken: AsideKind.TAKEN,
    Unlicensed: AsideKind.UNLICENSED,
    Recalled: AsideKind.RECALLED,
}
ASKED = (LabelInDoubt, LotMissing, ExpiryMissing)
"""What a person at the bay can answer."""


@dataclass
class Judged:
    """What the note takes, what is put aside, and the codes that had been received on it before."""

    packages: list[Package] = field(default_factory=list)
    asides: list[Aside] = field(default_factory=list)
    repeats: list[str] = field(default_factory=list)


def judge(session: Session, said: Delivered, bay: Bay, pieces: Sequence[Piece]) -> Judged:
    """Each piece to a line of the note, in the order scanned.

    First what nobody receives, whichever note it is on; then what this note does not take; then what is asked. Raises,
    in this order: CodeTaken, LabelInDoubt, Recalled, Expired, UnknownCode, LotDiffers, TooNearExpiry, Unlicensed,
    NotOnNote, LotMissing, ExpiryMissing, TemperatureMissing, OverDelivered. Where such pieces are put aside:
    TemperatureMissing, and what a person at the bay answers, LabelInDoubt, LotMissing and ExpiryMissing.
    """
    court = _Court(said, bay, _lots(session, pieces), _taken(session, pieces) if said.aside else {})
    court.blocked = licences.blocked(session, bay, pieces)
    court.denied = deny_list.in_force(session, {piece.ware.id for piece in pieces if piece.ware})
    judged = Judged()
    for piece in pieces:
        if said.refused is not None:
            judged.asides.append(Aside(piece=piece, quantity=piece.quantity, kind=said.refused, note=said.note))
            continue
        try:
            if court.is_repeat(piece):
                judged.repeats.append(piece.item_code)
            else:
                _take(court, piece, judged)
        except tuple(_KINDS) as why:
            if not said.aside or (said.ask and isinstance(why, ASKED)):
                raise
            judged.asides.append(Aside(piece=piece, quantity=piece.quantity, kind=_KINDS[type(why)]))
    return judged


def _lots(session: Session, pieces: Sequence[Piece]) -> dict[tuple[int, str], Until]:
    known: dict[tuple[int, str], Lot] = find_lots(session, ((p.ware.id, p.lot) for p in pieces if p.ware and p.lot))
    return {key: Until(lot.expires_on, lot.expires_at) for key, lot in known.items()}


def _taken(session: Session, pieces: Sequence[Piece]) -> dict[str, int | None]:
    """The codes that are on things already, each with the line of the note it came on."""
    codes = sorted({piece.item_code for piece in pieces if piece.serial})
    found: dict[str, int | None] = {}
    for start in range(0, len(codes), _AT_ONCE):
        query = select(Item.code, Item.receipt_line_id).where(Item.code.in_(codes[start : start + _AT_ONCE]))
        found |= {code: line_id for code, line_id in session.execute(query)}  # noqa: C416
    return found


class _Court:
    """What pieces are judged by, as it stands while they are."""

    def __init__(
        self, said: Delivered, bay: Bay, lots: dict[tuple[int, str], Until], taken: dict[str, int | None]
    ) -> None:
        self.said = said
        self.bay = bay
        self.lots = lots
        self._taken = taken
        self._lines = {line.id for line in bay.lines}
        self._here: set[str] = set()
        self.blocked: dict[licences.Key, list[Finding]] = {}
        self.denied: list[RecallTarget] = []
        self._by_product: dict[int, list[LineState]] = {}
        for line in bay.lines:
            self._by_product.setdefault(line.product_id, []).append(line)

    def is_repeat(self, piece: Piece) -> bool:
        """Whether it was received on this note before, or is twice in this act. Raises: CodeTaken."""
        if not piece.serial:
            return False
        code = piece.item_code
        if code in self._here or (code in self._taken and self._taken[code] in self._lines):
            if not self.said.aside:
                raise ledger.CodeTaken(item=code)
            return True
        if code in self._taken:
            raise ledger.CodeTaken(item=code)
        self._here.add(code)
        return False

    def lines_for(self, piece: Piece, ware: Ware) -> list[LineState]:
        """The lines it may come on; none where it is not on the note."""
        of_product = self._by_product.get(ware.id, [])
        if piece.line_id is not None:
            return [line for line in of_product if line.id == piece.line_id]
        if piece.lot:
            return [line for line in of_product if line.lot in ("", piece.lot)]
        return of_product if len(of_product) == 1 else [line for line in of_product if not line.lot]

    def as_noted(self, piece: Piece) -> Piece:
        """The piece by the one reading of its label whose lot the note states. Raises: LabelInDoubt."""
        scan, product = piece.arrived.scan, piece.ware.id if piece.ware else 0
        stated = {line.lot for line in self._by_product.get(product, ()) if line.lot}
        found = {
            (one.lot, one.expires_on, one.produced_on)
            for one in scan.alternatives
            if one.lot in stated and one.di == piece.di and one.serial is None
        }
        if len(found) != 1:
            raise in_doubt(scan, what=piece.ware.name if piece.ware else "")
        lot, expires_on, produced_on = found.pop()
        return replace(
            piece, lot=lot or "", expires_on=expires_on, expires_at=None, produced_on=produced_on, doubt=None
        )

    def expiry(self, piece: Piece, ware: Ware, lot: str, lines: list[LineState]) -> date | None:
        """Until when it may be used, by its label, else by what is known of its lot, else by the note."""
        noted = next((line.expires_on for line in lines[:1] if line.lot in ("", lot)), None)
        return piece.expires_on or self.known(ware, lot).day or noted

    def known(self, ware: Ware, lot: str) -> Until:
        """Until when its lot may be used, by what was received of it before."""
        return self.lots.get((ware.id, lot), NEVER)

    def refuse_differing(self, piece: Piece, ware: Ware, lot: str) -> None:
        """Refuse a label that says another expiry than is known of its lot. Raises: LotDiffers."""
        known = self.known(ware, lot).day
        if known is not None and piece.expires_on is not None and piece.expires_on != known:
            raise LotDiffers(lot=lot, known=known.isoformat(), said=piece.expires_on.isoformat())


def _take(court: _Court, piece: Piece, judged: Judged) -> None:
    if piece.doubt is not None:
        piece = court.as_noted(piece)
    if piece.ware is None:
        refuse_expired(Until(piece.expires_on, piece.expires_at), court.bay.when)
        raise UnknownCode(scan=piece.di or piece.arrived.scan.data)
    lines = court.lines_for(piece, piece.ware)
    lot = piece.lot or next((line.lot for line in lines), "")
    expires_on = court.expiry(piece, piece.ware, lot, lines)
    unlicensed = _refuse_on_any_note(court, piece, piece.ware, lot, expires_on)
    if not lines:
        raise NotOnNote(product=piece.ware.name, lot=piece.lot or "-")
    if not lot:
        raise LotMissing(product=piece.ware.name)
    if court.known(piece.ware, lot).day is None:
        court.lots[(piece.ware.id, lot)] = Until(expires_on, piece.expires_at)
    _refuse_undated(court, piece, lot, expires_on)
    temperature = cold.judge(court.bay, piece.ware)
    shares, rest = _shares(court.bay, lines, piece)
    if rest and not (court.said.aside and shares):
        stated, came = sum(line.quantity for line in lines), sum(court.bay.came[line.id] for line in lines)
        raise OverDelivered(product=piece.ware.name, stated=stated, would=came + piece.quantity)
    held = tuple(one for one in (court.said.quarantine, unlicensed, temperature) if one)
    for line, quantity in shares:
        court.bay.came[line.id] += quantity
        judged.packages.append(
            Package(
                piece=piece, ware=piece.ware, quantity=quantity, lot=lot, expires_on=expires_on, line=line, held=held,
                expires_at=piece.expires_at if piece.expires_on == expires_on else None,
            )
        )  # fmt: skip
    if rest:
        judged.asides.append(Aside(piece=piece, quantity=rest, kind=AsideKind.OVER))


def _shares(bay: Bay, lines: list[LineState], piece: Piece) -> tuple[list[tuple[LineState, int]], int]:
    """How much of a piece goes to which line, and how much the note does not take. One line that takes all is best."""
    room = [(line, line.quantity - bay.came[line.id]) for line in lines]
    for line, free in room:
        if free >= piece.quantity:
            return [(line, piece.quantity)], 0
    if piece.serial:  # one code is one thing: it comes whole or not at all
        return [], piece.quantity
    shares, left = [], piece.quantity
    for line, free in room:
        if free > 0 and left:
            shares.append((line, min(free, left)))
            left -= min(free, left)
    return shares, left


def _refuse_on_any_note(
    court: _Court, piece: Piece, ware: Ware, lot: str, expires_on: date | None
) -> Quarantine | None:
    """Refuse what is not received on this note nor another, the gravest first; why it is held, where it may come so.

    Raises: Recalled, Expired, LotDiffers, TooNearExpiry, Unlicensed.
    """
    if lot:
        _refuse_recalled(court, piece, ware, lot, expires_on)
    refuse_expired(Until(piece.expires_on, piece.expires_at), court.bay.when)
    court.refuse_differing(piece, ware, lot)
    refuse_expired(court.known(ware, lot), court.bay.when)
    refuse_near(court.bay, ware, expires_on)
    return licences.judge(court.bay, court.blocked.get((ware.id, piece.produced_on), []))


def _refuse_recalled(court: _Court, piece: Piece, ware: Ware, lot: str, expires_on: date | None) -> None:
    if court.denied:
        arriving = Arriving(
            product_id=ware.id, lot=lot, serial=piece.serial or "", expires_on=expires_on, produced_on=piece.produced_on
        )
        refuse_recalled(court.denied, arriving)


def _refuse_undated(court: _Court, piece: Piece, lot: str, expires_on: date | None) -> None:
    if court.said.ask_expiry and expires_on is None and not piece.arrived.endless and piece.ware:
        raise ExpiryMissing(product=piece.ware.name, lot=lot)


def refuse_near(bay: Bay, ware: Ware, expires_on: date | None) -> None:
    """Refuse what is expired, and what is too near to it for this hospital. Raises: Expired, TooNearExpiry."""
    refuse_expired(Until(expires_on), bay.when)
    days = bay.policies["expiry.receipt_block_days"]
    if expires_on is not None and (expires_on - bay.on).days < days:
        raise TooNearExpiry(product=ware.name, expires_on=expires_on.isoformat(), days=days)
