"""This file is the cases and pallets that the rows of a note name, in the order in which a note states them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence

from spd import receiving
from spd.exchange.imports.delivery_rows import Said
from spd.receiving import AnnouncedPackage, DeliveryPackage

Packed = list[tuple[AnnouncedPackage, Said]]


def packed(rows: Sequence[tuple[int, Said]]) -> Packed:
    """The packages of rows, each with the row that names it first; a row comes with the number of its line.

    A case that several rows name is a mixed one: it holds a part of each. What it lies in is stated before it.
    """
    direct = Counter(said.outer for _line, said in rows if said.outer)
    made: Packed = []
    opened: set[str] = set()

    def open_once(code: str, inside: str, said: Said) -> None:
        if code and code not in opened:
            opened.add(code)
            made.append((AnnouncedPackage(sscc=code, inside=inside), said))

    for _line, said in rows:
        open_once(said.pallet, "", said)
    for line, said in rows:
        if said.sscc and direct[said.sscc] == 1 and said.sscc not in opened:
            opened.add(said.sscc)
            made.append((_whole(line, said), said))
        elif said.outer:
            open_once(said.sscc, said.pallet, said)
            made.append((_part(line, said), said))
        elif said.cases or said.serials:
            cases = receiving.evenly(line, said.quantity, said.cases or 1, said.serials)
            made += [(package, said) for package in cases]
    return made


def _whole(line: int, said: Said) -> AnnouncedPackage:
    return AnnouncedPackage(
        line=line, quantity=said.quantity, sscc=said.sscc, inside=said.pallet, serials=said.serials
    )  # fmt: skip


def _part(line: int, said: Said) -> AnnouncedPackage:
    return AnnouncedPackage(
        line=line, quantity=said.quantity, inside=said.outer, serials=said.serials, coded=False
    )  # fmt: skip


def kept(
    known: Sequence[DeliveryPackage], numbers: Mapping[int, int], restated: Collection[int]
) -> list[AnnouncedPackage]:
    """The packages of a note on record whose lines the file leaves as they are; what holds them stays too."""
    by_id = {row.id: row for row in known}
    stay: set[int] = set()
    for row in known:
        if row.delivery_line_id and numbers[row.delivery_line_id] not in restated:
            at: DeliveryPackage | None = row
            while at is not None and at.id not in stay:
                stay.add(at.id)
                at = by_id.get(at.parent_id or 0)
    return [
        AnnouncedPackage(
            line=numbers.get(row.delivery_line_id or 0, 0), quantity=row.quantity, sscc=row.sscc or "",
            inside=(by_id[row.parent_id].sscc or "") if row.parent_id else "", di=row.di,
            serials=tuple(row.serial_list), coded=row.sscc is not None,
        )
        for row in known
        if row.id in stay
    ]  # fmt: skip
