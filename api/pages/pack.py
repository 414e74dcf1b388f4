"""This file is the page of packing: a recipe card or a bulk is scanned, packs are made, their labels come out."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from flask import render_template, request
from sqlalchemy import func, select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from api.here import moment, read, settings, write, write_plain
from api.i18n import gettext as _
from api.i18n import ngettext, until
from api.pages import bp, places, printing
from api.pages.frame import place_name
from api.pages.scanned import Said, again, answer, forms, heard, named, nothing_scanned, stood
from api.pages.verdicts import Verdict, done, told
from scanners import Scan, Unreadable
from spd import packing, replenishment, stock
from spd.catalog import Product, get_product
from spd.core import clock
from spd.core.errors import Refusal
from spd.ledger import Item, ItemKind, Movement, MovementKind
from spd.places import Location
from spd.replenishment import ToPack, Wave, find_wave
from spd.stock import Goods

MOST = 200  # packs of one act here: one file of labels
_PARTS = ("pack_source", "pack_made")
_KEPT = ("bulk", "recipe", "wave", "product", "size")
Made = tuple[tuple[packing.PackMade, ...], int | None]  # the packs, and the print job of their labels


@dataclass(frozen=True)
class Source:
    """The bulk on the bench, and what is usually made of it."""

    goods: Goods
    quantity: int
    fits: int
    today: date


@dataclass(frozen=True)
class ByCard:
    """The recipe or the work order on the bench, and what full packs the store's bulks give.

    order: the line of a wave that is made; left: how many other lines of the wave wait.
    """

    product: Product
    quantity: int
    place: Location
    batches: list[packing.Batch]
    order: ToPack | None = None
    left: int = 0

    @property
    def suggested(self) -> int:
        """How many the bench proposes: what was ordered, as far as the goods go; else all."""
        return min(self.fits, MOST, self.order.wanted if self.order else MOST)

    @property
    def fits(self) -> int:
        """How many full packs there are."""
        return packing.possible(self.batches)


@bp.get("/pack")
def pack() -> str:
    """The bench. What was scanned (`?scan=`: a card, a bulk, a wave) or tapped (`?wave=&product=`) is on it at once."""
    state: dict[str, Any] = {}
    verdict = None
    if wave := request.args.get("wave"):
        state = {"wave": wave, "product": request.args.get("product", ""), "size": request.args.get("size", "")}
    if raw := request.args.get("scan"):
        try:
            scan = again(raw)
            state = read(lambda session: _on_bench(session, scan))
            read(lambda session: _bench(session, state))
        except (Refusal, Unreadable) as error:
            state, verdict = {}, printing.refused(error)
    return _page(state, verdict)


@bp.post("/pack")
def pack_scan() -> str | Response:
    """A bulk is put on the bench, or packs are made of the one there and their labels go to the printer."""
    before = stood()
    state: dict[str, Any] = {name: str(before[name]) for name in _KEPT if before.get(name)}
    made: Made = ((), None)
    said: Said | None = None
    try:
        said = heard()
        if said.act == "make" and state:
            verdict, made = _make(said, state)
            if "wave" in state:
                state = {"wave": state["wave"]}  # the next line of the order, if there is one
        elif said.act == "unpack" and "bulk" in state:
            verdict, state = _unpack(said, state["bulk"])
        elif said.scan is not None:
            verdict, state = _put(said)
        else:
            verdict = nothing_scanned()
    except (Refusal, Unreadable) as error:
        verdict = printing.refused(error)
    bench = read(lambda session: _bench(session, state, said))
    page = answer("pack.html", verdict, state=state, parts=_PARTS, made=made[0], job=made[1], most=MOST, **bench)
    return printing.remembered(page, said)


def _page(state: dict[str, Any], verdict: Verdict | None) -> str:
    context: dict[str, Any] = {"made": (), "job": None, "most": MOST, **read(lambda session: _bench(session, state))}
    return render_template("pack.html", verdict=verdict, state=state, **forms(state), **context)


def _on_bench(session: Session, scan: Scan) -> dict[str, Any]:
    """What a scan puts on the bench: a recipe, a wave's work order, an item."""
    if scan.code and packing.find_recipe(session, scan.code):
        return {"recipe": scan.code}
    if scan.code and find_wave(session, scan.code):
        return {"wave": scan.code}
    return {"bulk": stock.item_code(session, scan)}


def _bench(session: Session, state: dict[str, Any], said: Said | None = None) -> dict[str, Any]:
    """What is on the bench: a bulk, a recipe, a work order, or nothing; and the printer of this device."""
    by_card = None
    if "recipe" in state:
        by_card = _by_card(session, state["recipe"])
    elif "wave" in state:
        by_card = _by_order(session, state)
    source = _source(session, state["bulk"]) if "bulk" in state else None
    return {"source": source, "by_card": by_card, **printing.context(session, said)}


def _by_card(session: Session, code: str) -> ByCard:
    recipe = packing.get_recipe(session, code)
    place = places.stores(session)[0]
    found = packing.batches(session, recipe.product.id, place.id, recipe.quantity, when=moment())
    return ByCard(recipe.product, recipe.quantity, place, found)


def _by_order(session: Session, state: dict[str, Any]) -> ByCard | None:
    """The line of the wave that was tapped, or its first that can be made; None where nothing is left to make."""
    wave = replenishment.get_wave(session, state["wave"])
    orders = replenishment.work_orders(session, wave, on=_today(), at=clock.now())
    tapped = [one for one in orders if (one.product_code, str(one.pack_quantity)) == _tapped(state)]
    order = next(iter(tapped or [one for one in orders if one.possible] or orders), None)
    if order is None:
        return None
    product, place = get_product(session, order.product_code), session.get_one(Location, wave.from_location_id)
    found = packing.batches(session, product.id, place.id, order.pack_quantity, when=moment())
    return ByCard(product, order.pack_quantity, place, found, order, len(orders) - 1)


def _tapped(state: dict[str, Any]) -> tuple[str, str]:
    return state.get("product", ""), state.get("size", "")


def _today() -> date:
    return clock.day_of(clock.now(), settings().zone)


def _put_order(state: dict[str, Any]) -> tuple[Verdict, dict[str, Any]]:
    bench = read(lambda session: _by_order(session, state))
    if bench is None or bench.order is None:
        return told(_("Nothing is left to pack for this wave"), state["wave"]), state
    what = f"{named(bench.product.name, bench.product.name_en)} · {bench.quantity} {bench.product.base_unit}"
    title = ngettext("1 pack is wanted", "%(num)s packs are wanted", bench.order.wanted) % {"num": bench.order.wanted}
    chosen = {"wave": state["wave"], "product": bench.order.product_code, "size": str(bench.quantity)}
    return told(title, what, count=bench.order.wanted), chosen


def _put_card(code: str) -> tuple[Verdict, dict[str, Any]]:
    bench = read(lambda session: _by_card(session, code))
    title = ngettext("1 pack can be made", "%(num)s packs can be made", bench.fits) % {"num": bench.fits}
    what = f"{named(bench.product.name, bench.product.name_en)} · {bench.quantity} {bench.product.base_unit}"
    return told(title, what, count=bench.fits), {"recipe": code}


def _put(said: Said) -> tuple[Verdict, dict[str, Any]]:
    assert said.scan is not None
    scan = said.scan
    state = read(lambda session: _on_bench(session, scan))
    if "recipe" in state:
        return _put_card(state["recipe"])
    if "wave" in state:
        return _put_order(state)
    goods = read(lambda session: stock.get_goods(session, state["bulk"]))
    if goods.item.kind == ItemKind.PACK:
        return _put_pack(said, goods)
    if goods.item.kind != ItemKind.BULK or goods.product_class == "high_value":
        raise packing.NotPackable(item=goods.item.code)
    stock.refuse_unsafe(goods, 1, when=said.occasion.moment)
    place = place_name(goods.location_name, goods.location_code)
    verdict = told(
        named(goods.name, goods.name_en),
        f"{_('Lot')} {goods.lot} · {_('Expires')} {until(goods) or '–'} · {place}",
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


def _make(said: Said, state: dict[str, Any]) -> tuple[Verdict, Made]:
    """Packs of what is on the bench, their labels in the printer's queue: both or, where it is jammed, neither."""
    quantity, count = said.number("quantity"), said.number("count")
    if not count or ("bulk" in state and not quantity):
        asked = told(_("How many?"), _("Say how many go into a pack, and how many packs."))
        return asked | {"class": "caution"}, ((), None)

    def act(session: Session) -> tuple[packing.PacksMade, int | None, str]:
        printer = printing.chosen(session, said)
        made = _made(session, said, state, min(count, MOST))
        if printer is None:
            return made, None, ""
        labels = printing.of_items(session, [pack.code for pack in made.packs])
        return made, printing.send(session, said, printer, labels), printer.name or printer.code

    made, job, printer_name = write(said.occasion, act)
    return _told(made, printer_name), (made.packs, job)


def _made(session: Session, said: Said, state: dict[str, Any], count: int) -> packing.PacksMade:
    when = said.occasion
    if "recipe" in state:
        store = places.stores(session)[0].code
        return packing.make_by_recipe(
            session, packing.ByRecipe(occasion=when, recipe=state["recipe"], location=store, count=count)
        )
    if "wave" in state:
        wave: Wave = replenishment.get_wave(session, state["wave"])
        store = session.get_one(Location, wave.from_location_id).code
        product, size = said.text("product"), said.text("size")  # the line that was shown
        if not product or not size.isdecimal():
            raise stock.NotEnough(wanted=count, there=0)
        return packing.make_by_size(
            session, packing.BySize(occasion=when, product=product, quantity=int(size), location=store, count=count)
        )
    quantity = said.number("quantity") or 1
    return packing.make_packs(
        session, packing.PacksAsked(occasion=when, sources=[state["bulk"]], quantity=quantity, count=count)
    )


def _told(result: packing.PacksMade, printer: str) -> Verdict:
    first = result.packs[0]
    title = ngettext("1 pack of %(quantity)s %(unit)s", "%(num)s packs of %(quantity)s %(unit)s", len(result.packs)) % {
        "num": len(result.packs), "quantity": first.quantity, "unit": first.base_unit,
    }  # fmt: skip
    what = _("%(n)s stay loose") % {"n": result.loose}
    if printer:
        what += " · " + _("labels at %(printer)s") % {"printer": printer}
    name = named(first.name, first.name_en)
    return done(title, f"{name} · {what}", count=len(result.packs), note=name)


def _source(session: Session, code: str) -> Source:
    goods = stock.get_goods(session, code)
    by_recipe = packing.quantity_for(session, goods.item.product_id)
    quantity = by_recipe or _usual(session, goods.item.product_id) or min(goods.item.quantity, 10) or 1
    return Source(
        goods=goods,
        quantity=quantity,
        fits=goods.item.quantity // quantity,
        today=_today(),
    )


def _usual(session: Session, product_id: int) -> int | None:
    """The quantity of the pack of this product made last."""
    last = select(func.max(Item.id)).where(Item.product_id == product_id, Item.kind == ItemKind.PACK).scalar_subquery()
    query = select(Movement.quantity).where(Movement.item_id == last, Movement.kind == MovementKind.PACK).limit(1)
    return session.scalar(query)
