"""This file is the page of packing: a recipe card or a bulk is scanned, packs are made, their labels come out."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from flask import render_template, request
from sqlalchemy import func, select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

import scanners
from api.here import read, settings, write, write_plain
from api.i18n import gettext as _
from api.pages import bp, places
from api.pages.frame import place_name
from api.pages.scanned import Said, answer, forms, heard, named, nothing_scanned
from api.pages.verdicts import Verdict, done, refused, told
from scanners import Unreadable
from spd import packing, stock
from spd.core import clock
from spd.core.errors import Refusal
from spd.ledger import Item, ItemKind, Movement, MovementKind
from spd.places import Location
from spd.stock import Goods

MOST = 200  # packs of one act here: one file of labels
_PARTS = ("pack_source", "pack_made")


@dataclass(frozen=True)
class Source:
    """The bulk on the bench, and what is usually made of it."""

    goods: Goods
    quantity: int
    fits: int
    today: date


@dataclass(frozen=True)
class ByCard:
    """The recipe on the bench, and what full packs the store's bulks give."""

    recipe: packing.Recipe
    place: Location
    batches: list[packing.Batch]

    @property
    def fits(self) -> int:
        """How many full packs there are."""
        return packing.possible(self.batches)


@bp.get("/pack")
def pack() -> str:
    """The bench. A scanned bulk (`?scan=`) is on it at once."""
    state: dict[str, Any] = {}
    verdict = None
    if raw := request.args.get("scan"):
        try:
            scan = scanners.read(raw)
            if scan.code and read(lambda session: packing.find_recipe(session, str(scan.code))):
                state = {"recipe": scan.code}
            else:
                state = read(lambda session: {"bulk": stock.item_code(session, scan)})
            read(lambda session: _bench(session, state))
        except (Refusal, Unreadable) as error:
            state, verdict = {}, refused(error)
    return _page(state, verdict, ())


@bp.post("/pack")
def pack_scan() -> str | Response:
    """A bulk is put on the bench, or packs are made of the one there."""
    state: dict[str, Any] = {}
    made: tuple[packing.PackMade, ...] = ()
    try:
        said = heard()
        state = {name: str(said.state[name]) for name in ("bulk", "recipe") if said.state.get(name)}
        if said.act == "make" and state:
            verdict, made = _make_by_card(said, state["recipe"]) if "recipe" in state else _make(said, state["bulk"])
        elif said.act == "unpack" and "bulk" in state:
            verdict, state = _unpack(said, state["bulk"])
        elif said.scan is not None:
            verdict, state = _put(said)
        else:
            verdict = nothing_scanned()
    except (Refusal, Unreadable) as error:
        verdict = refused(error)
    bench = read(lambda session: _bench(session, state))
    return answer("pack.html", verdict, state=state, parts=_PARTS, made=made, most=MOST, **bench)


def _page(state: dict[str, Any], verdict: Verdict | None, made: tuple[packing.PackMade, ...]) -> str:
    context: dict[str, Any] = {"made": made, "most": MOST, **read(lambda session: _bench(session, state))}
    return render_template("pack.html", verdict=verdict, state=state, **forms(state), **context)


def _bench(session: Session, state: dict[str, Any]) -> dict[str, Any]:
    """What is on the bench: a bulk, a recipe, or nothing."""
    by_card = _by_card(session, state["recipe"]) if "recipe" in state else None
    return {"source": _source(session, state["bulk"]) if "bulk" in state else None, "by_card": by_card}


def _by_card(session: Session, code: str) -> ByCard:
    recipe = packing.get_recipe(session, code)
    place = places.stores(session)[0]
    today = clock.day_of(clock.now(), settings().zone)
    return ByCard(recipe, place, packing.batches(session, recipe.product.id, place.id, recipe.quantity, on=today))


def _put_card(recipe: packing.Recipe) -> tuple[Verdict, dict[str, Any]]:
    fits = read(lambda session: _by_card(session, recipe.code)).fits
    title = _("%(n)s packs can be made") % {"n": fits}
    what = f"{named(recipe.product.name, recipe.product.name_en)} · {recipe.quantity} {recipe.product.base_unit}"
    return told(title, what, count=fits), {"recipe": recipe.code}


def _put(said: Said) -> tuple[Verdict, dict[str, Any]]:
    assert said.scan is not None
    scan = said.scan
    if scan.code and (recipe := read(lambda session: packing.find_recipe(session, str(scan.code)))):
        return _put_card(recipe)
    goods = read(lambda session: stock.get_goods(session, stock.item_code(session, scan)))
    if goods.item.kind == ItemKind.PACK:
        return _put_pack(said, goods)
    if goods.item.kind != ItemKind.BULK or goods.product_class == "high_value":
        raise packing.NotPackable(item=goods.item.code)
    stock.refuse_unsafe(goods, 1, on=said.occasion.day)
    place = place_name(goods.location_name, goods.location_code)
    verdict = told(
        named(goods.name, goods.name_en),
        f"{_('Lot')} {goods.lot} · {_('Expires')} {goods.expires_on or '–'} · {place}",
        count=goods.item.quantity,
        count_label=goods.base_unit,
    )
    return verdict, {"bulk": goods.item.code}


def _put_pack(said: Said, goods: Goods) -> tuple[Verdict, dict[str, Any]]:
    """A pack scanned on the bench: its label is seen to be on it; it may be taken apart."""
    stock.refuse_gone(goods)
    code = goods.item.code
    write_plain(lambda session: packing.check(session, said.occasion, [code]))
    title = named(goods.name, goods.name_en)
    what = f"{code} · {_('Lot')} {goods.lot}"
    return told(_("Label checked"), f"{title} · {what}", count=goods.item.quantity), {"bulk": code}


def _unpack(said: Said, code: str) -> tuple[Verdict, dict[str, Any]]:
    asked = packing.ToUnpack(occasion=said.occasion, items=[code], reason=said.text("reason"))
    bulk = write(said.occasion, lambda session: packing.unpack(session, asked)).bulks[code]
    return done(_("Taken apart"), _("It is loose again in %(bulk)s") % {"bulk": bulk}), {"bulk": bulk}


def _make_by_card(said: Said, code: str) -> tuple[Verdict, tuple[packing.PackMade, ...]]:
    count = said.number("count")
    if not count:
        return told(_("How many?"), _("Say how many packs.")) | {"class": "caution"}, ()
    store = read(lambda session: places.stores(session)[0].code)
    asked = packing.ByRecipe(occasion=said.occasion, recipe=code, location=store, count=min(count, MOST))
    return _told(write(said.occasion, lambda session: packing.make_by_recipe(session, asked)))


def _make(said: Said, bulk: str) -> tuple[Verdict, tuple[packing.PackMade, ...]]:
    quantity, count = said.number("quantity"), said.number("count")
    if not quantity or not count:
        return told(_("How many?"), _("Say how many go into a pack, and how many packs.")) | {"class": "caution"}, ()
    asked = packing.PacksAsked(occasion=said.occasion, sources=[bulk], quantity=quantity, count=min(count, MOST))
    return _told(write(said.occasion, lambda session: packing.make_packs(session, asked)))


def _told(result: packing.PacksMade) -> tuple[Verdict, tuple[packing.PackMade, ...]]:
    first = result.packs[0]
    title = _("%(n)s packs of %(quantity)s %(unit)s") % {
        "n": len(result.packs), "quantity": first.quantity, "unit": first.base_unit,
    }  # fmt: skip
    what = _("%(n)s stay loose") % {"n": result.loose}
    name = named(first.name, first.name_en)
    return done(title, f"{name} · {what}", count=len(result.packs), note=name), result.packs


def _source(session: Session, code: str) -> Source:
    goods = stock.get_goods(session, code)
    by_recipe = packing.quantity_for(session, goods.item.product_id)
    quantity = by_recipe or _usual(session, goods.item.product_id) or min(goods.item.quantity, 10) or 1
    return Source(
        goods=goods,
        quantity=quantity,
        fits=goods.item.quantity // quantity,
        today=clock.day_of(clock.now(), settings().zone),
    )


def _usual(session: Session, product_id: int) -> int | None:
    """The quantity of the pack of this product made last."""
    last = select(func.max(Item.id)).where(Item.product_id == product_id, Item.kind == ItemKind.PACK).scalar_subquery()
    query = select(Movement.quantity).where(Movement.item_id == last, Movement.kind == MovementKind.PACK).limit(1)
    return session.scalar(query)
