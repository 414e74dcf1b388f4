"""This file is the page of packing: a bulk is scanned, packs are made of it, their labels come out."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from flask import render_template, request
from sqlalchemy import func, select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

import scanners
from api.here import read, settings, write
from api.i18n import gettext as _
from api.pages import bp
from api.pages.frame import place_name
from api.pages.scanned import Said, answer, forms, heard, named, nothing_scanned
from api.pages.verdicts import Verdict, done, refused, told
from scanners import Unreadable
from spd import packing, stock
from spd.core import clock
from spd.core.errors import Refusal
from spd.ledger import Item, ItemKind, Movement, MovementKind
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


@bp.get("/pack")
def pack() -> str:
    """The bench. A scanned bulk (`?scan=`) is on it at once."""
    state: dict[str, Any] = {}
    verdict = None
    if raw := request.args.get("scan"):
        try:
            scan = scanners.read(raw)
            state = read(lambda session: {"bulk": stock.item_code(session, scan)})
            read(lambda session: _source(session, state["bulk"]))
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
        state = {"bulk": str(said.state["bulk"])} if said.state.get("bulk") else {}
        if said.act == "make" and state:
            verdict, made = _make(said, state["bulk"])
        elif said.scan is not None:
            verdict, state = _put(said)
        else:
            verdict = nothing_scanned()
    except (Refusal, Unreadable) as error:
        verdict = refused(error)
    source = read(lambda session: _source(session, state["bulk"])) if state else None
    return answer("pack.html", verdict, state=state, parts=_PARTS, source=source, made=made, most=MOST)


def _page(state: dict[str, Any], verdict: Verdict | None, made: tuple[packing.PackMade, ...]) -> str:
    source = read(lambda session: _source(session, state["bulk"])) if state else None
    context: dict[str, Any] = {"source": source, "made": made, "most": MOST}
    return render_template("pack.html", verdict=verdict, state=state, **forms(state), **context)


def _put(said: Said) -> tuple[Verdict, dict[str, Any]]:
    assert said.scan is not None
    scan = said.scan
    goods = read(lambda session: stock.get_goods(session, stock.item_code(session, scan)))
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


def _make(said: Said, bulk: str) -> tuple[Verdict, tuple[packing.PackMade, ...]]:
    quantity, count = said.number("quantity"), said.number("count")
    if not quantity or not count:
        return told(_("How many?"), _("Say how many go into a pack, and how many packs.")) | {"class": "caution"}, ()
    asked = packing.PacksAsked(occasion=said.occasion, sources=[bulk], quantity=quantity, count=min(count, MOST))
    result = write(said.occasion, lambda session: packing.make_packs(session, asked))
    first = result.packs[0]
    title = _("%(n)s packs of %(quantity)s %(unit)s") % {
        "n": len(result.packs), "quantity": first.quantity, "unit": first.base_unit,
    }  # fmt: skip
    what = _("%(n)s stay loose") % {"n": result.loose}
    name = named(first.name, first.name_en)
    return done(title, f"{name} · {what}", count=len(result.packs), note=name), result.packs


def _source(session: Session, code: str) -> Source:
    goods = stock.get_goods(session, code)
    quantity = _usual(session, goods.item.product_id) or min(goods.item.quantity, 10) or 1
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
