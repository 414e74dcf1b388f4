"""This file is builders of kits: a recipe of a stent and gauze, what goes in, the kit sealed."""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session

from spd import packing
from spd.catalog import get_product
from spd.packing import KitAsked, KitLine, KitRecipeSaid
from tests import build
from tests.build import Hospital


def recipe(session: Session, h: Hospital, gauze: int = 20, name: str = "支架植入包") -> str:
    lines = [KitLine(product=get_product(session, "STENT"), quantity=1),
             KitLine(product=get_product(session, "GAUZE"), quantity=gauze)]  # fmt: skip
    return packing.settle_recipe(session, build.occasion(h.keeper), KitRecipeSaid(name=name, lines=lines)).code


def of_gauze(session: Session, h: Hospital) -> str:
    """A recipe of a pack of gauze alone."""
    lines = [KitLine(product=get_product(session, "GAUZE"), quantity=20)]
    return packing.settle_recipe(session, build.occasion(h.keeper), KitRecipeSaid(name="换药包", lines=lines)).code


def of_stents(session: Session, h: Hospital) -> str:
    """A recipe of two stents."""
    lines = [KitLine(product=get_product(session, "STENT"), quantity=2)]
    return packing.settle_recipe(session, build.occasion(h.keeper), KitRecipeSaid(name="双支架包", lines=lines)).code


def things(session: Session, h: Hospital) -> list[str]:
    return [*build.stents(session, h, 1, at=h.store), *build.packs(session, h, 1, 20, at=h.store)]


def assemble(session: Session, h: Hospital, code: str, items: list[str], **more: Any) -> packing.KitMade:
    more.setdefault("occasion", build.occasion(h.keeper))
    return packing.assemble(session, KitAsked(recipe=code, items=items, **more))
