"""This file is a kit at a count: its label counts everything in it, which nobody can scan while it is sealed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from uuid import UUID, uuid5

from sqlalchemy.orm import Session

from scanners import Scan
from spd.core.occasion import Occasion
from spd.counting import scope
from spd.counting.models import Count, Finding
from spd.counting.recorded import Recorded
from spd.stock import Goods, kits

_THING = UUID("6f0f2d0e-2f3b-4d0b-8f5d-7b1c0a6a9e21")
_GRAVE = (Finding.USED, Finding.GONE, Finding.ELSEWHERE, Finding.IN_TRANSIT, Finding.EXPIRED, Finding.HELD)


def sealed_kit(session: Session, said: str | Scan) -> kits.Kit | None:
    """The sealed kit that a label is on; None for any other label, and for that of a kit taken apart."""
    code = said if isinstance(said, str) else said.code if said.is_own else None
    kit = kits.find_kit(session, code) if code else None
    return kit if kit is not None and kit.state == kits.ASSEMBLED else None


def things(session: Session, count: Count, kit: kits.Kit) -> list[Goods]:
    """What is in the kit and of products that the count is of."""
    return [one for one in kits.inside(session, kit) if scope.has_product(session, count, one.item.product_id)]


def occasion_of(occasion: Occasion, thing: Goods) -> Occasion:
    """The act of counting one thing of a kit: its key follows from the kit's, so that it is told again with it."""
    return replace(occasion, request_key=uuid5(_THING, f"{occasion.request_key}/{thing.item.code}"))


def told(kit: kits.Kit, lines: Sequence[Recorded]) -> Recorded:
    """One answer for all that is in a kit: the gravest of what was found, under the kit's own code."""
    findings = {line.finding for line in lines}
    finding = next((grave for grave in _GRAVE if grave in findings), Finding.OK)
    worst = next((line for line in lines if line.finding is finding), lines[0])
    return replace(
        worst, item=kit.code, name=kit.code, name_en=kit.code, finding=finding, kind="kit", product="",
        specification="", lot="", expires_on=None, base_unit="", quantity=len(lines), lines=lines[-1].lines,
    )  # fmt: skip
