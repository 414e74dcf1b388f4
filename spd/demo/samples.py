"""This file is the demo hospital's sample files, read: departments, parties, groups, products by family and size."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

from scanners.check_characters import gs1_digit

_HERE = Path(__file__).parent / "data"
_EXAMPLES = "952"
"""The GS1 prefix kept for demonstrations and examples: no company has it, so no code of ours is anybody's."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Ware:
    """One product of the demo: how it is sold, packed, priced and who uses it.

    `pack` is the fixed quantity of a ward pack, 0 where it is not packed; `serial` says whether its label has one.
    """

    number: int
    code: str
    family: str
    name: str
    name_en: str
    initials: str
    specification: str
    product_class: str
    base_unit: str
    price: Decimal
    mode: str
    chargeable: bool
    implant: bool
    cold: bool
    serial: bool
    box: int
    case: int
    pack: int
    supplier: str
    maker: str
    profiles: frozenset[str]

    def gtin(self, level: int) -> str:
        """The GTIN of a packaging level: 0 the smallest sold, 1 the case."""
        payload = f"{level}{_EXAMPLES}{int(self.maker[1:]):03d}{self.number:06d}"
        return payload + gs1_digit(payload)

    @property
    def high_value(self) -> bool:
        """Whether each piece has a code of its own."""
        return self.product_class == "high_value"


def rows(name: str) -> list[dict[str, str]]:
    """The rows of a sample file."""
    with (_HERE / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def wares() -> list[Ware]:
    """Every product: each family in each of its sizes, dearer as sizes go up."""
    made: list[Ware] = []
    for family in rows("families"):
        for size, specification in enumerate(family["specs"].split("|")):
            made.append(_ware(family, specification, size, len(made) + 1))
    return made


def _ware(family: dict[str, str], specification: str, size: int, number: int) -> Ware:
    price = Decimal(family["price"]) * (100 + 3 * size) / 100
    return Ware(
        number=number,
        code=f"{family['code']}{size + 1:02d}",
        family=family["code"],
        name=family["name"],
        name_en=family["name_en"],
        initials=family["initials"],
        specification=specification,
        product_class=family["class"],
        base_unit=family["unit"],
        price=price.quantize(Decimal("0.01") if price >= 1 else Decimal("0.0001")),
        mode=family["mode"],
        chargeable=family["chargeable"] == "1",
        implant=family["implant"] == "1",
        cold=family["cold"] == "1",
        serial=family["serial"] == "1",
        box=int(family["box"]),
        case=int(family["case"]),
        pack=int(family["pack"]),
        supplier=family["supplier"],
        maker=family["maker"],
        profiles=frozenset(family["profiles"].split()),
    )
