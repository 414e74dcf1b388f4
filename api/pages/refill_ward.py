"""This file is refill as a ward sees it: what is coming, what came short, asking for more, the cards of its bins."""

from __future__ import annotations

from typing import Any

from flask import redirect, render_template, request, url_for
from marshmallow import Schema, fields, validate
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from api import access, budget
from api.fields import Text
from api.here import read, write
from api.i18n import gettext as _
from api.i18n import ngettext
from api.pages import bp, office
from api.pages.refill import tabs, today
from api.pages.scanned import named, named_column
from api.pages.totes import on_their_way
from scanners import labels
from spd import replenishment
from spd.catalog import Product, get_product
from spd.core import clock
from spd.core.errors import NotAllowed
from spd.places import WARD_KINDS, Location, get_location
from spd.replenishment.models import Shortage
from spd.replenishment.shortages import shortages_statement
from spd.stock import fixed_quantities

SHOWN = 50


class AskForm(Schema):
    """Packs of a product for a place, and why."""

    location = Text(required=True)
    product = Text(required=True)
    packs = fields.Integer(required=True, validate=validate.Range(1, 10_000))
    reason = Text(load_default="", shortest=0)


class CardsForm(Schema):
    """The place whose bins get cards."""

    location = Text(required=True)


@bp.get("/refill/ward")
def refill_ward() -> str:
    """What is coming to my ward, what it needs, what came short."""
    return _page(office.blank({"product": request.args.get("product", "")}))


@bp.post("/refill/ward")
def refill_ask() -> str | Response:
    """The ward asks for something."""
    form = office.filled(AskForm)
    if form.sent:
        with form.attempt():
            said = form.said | {"product": read(lambda session: _product(session, form.said["product"]))}
            wanted = replenishment.ToAsk(occasion=form.occasion, departments=access.departments(), **said)
            asked = write(form.occasion, lambda session: replenishment.ask(session, wanted))
            name = named(asked.name, asked.name_en)
            office.tell(
                ngettext(
                    "%(product)s: 1 pack is on the refill list.",
                    "%(product)s: %(num)s packs are on the refill list.",
                    asked.packs,
                )
                % {"product": name, "num": asked.packs}
            )
            return redirect(url_for("pages.refill_ward", location=said["location"]))
    return _page(form)


def _product(session: Session, text: str) -> str:
    """The code of a product that was typed or chosen, `code · name`. Raises: UnknownProduct."""
    return get_product(session, text.partition(" · ")[0].strip()).code


def _page(form: office.Form) -> str:
    def ask(session: Session) -> str:
        mine = _places(session)
        code = form.value("location") or request.args.get("location", "")
        place = next((one for one in mine if one.code == code), mine[0] if mine else None)
        kept = _kept(session, place) if place else []
        return render_template(
            "refill_ward.html",
            form=form,
            tabs=tabs(),
            budget_lines=_budget(session, place),
            places=mine,
            place=place,
            needs=replenishment.needs(session, on=today(), at=clock.now(), location_ids=[place.id]) if place else [],
            kept=kept,
            products=[(f"{p.code} · {named(p.name, p.name_en)}") for p, _level in kept],
            shortages=_shortages(session, place) if place else [],
            totes=[tote for tote in on_their_way(session, access.departments()) if place and tote.to.id == place.id],
        )

    return read(ask)


def _budget(session: Session, place: Location | None) -> list[Any]:
    """The lines of this ward's budget that are near their end, or over it."""
    if place is None or place.department_id is None:
        return []
    return budget.near(session, frozenset([place.department_id]))


def _places(session: Session) -> list[Location]:
    mine = access.departments()
    query = select(Location).where(Location.kind.in_(WARD_KINDS), ~Location.retired).order_by(Location.code)
    if mine is not None:
        query = query.where(Location.department_id.in_(mine))
    return list(session.scalars(query))


def _kept(session: Session, place: Location) -> list[tuple[Product, Any]]:
    """The products with a fixed quantity here, by name."""
    levels = {level.product_id: level for level in fixed_quantities.in_force(session, {place.id})}
    query = select(Product).where(Product.id.in_(levels), ~Product.retired)
    return [(product, levels[product.id]) for product in session.scalars(query.order_by(named_column(Product)))]


def _shortages(session: Session, place: Location) -> list[Any]:
    query = shortages_statement().where(Shortage.location_id == place.id, Shortage.closed_at.is_(None))
    return list(session.execute(query.order_by(Shortage.id.desc()).limit(SHOWN)))


@bp.post("/refill/cards")
def refill_cards() -> Response:
    """Cards for the bins of a place, on sheets to cut; made before, a card keeps its code."""
    form = office.filled(CardsForm)
    if form.sent:
        with form.attempt():
            made = write(form.occasion, lambda session: _cards(session, form))
            if made:
                file = labels.pdf(made, labels.SHEETS["a4-10"])
                return Response(file, content_type="application/pdf")
            office.tell(_("This place has no fixed quantities yet, so its bins have no cards."), "caution")
    if form.summary:
        office.tell("; ".join(form.summary.values()), "caution")
    return redirect(url_for("pages.refill_ward", location=form.value("location")))


def _cards(session: Session, form: office.Form) -> list[labels.Label]:
    place = get_location(session, form.said["location"])
    mine = access.departments()
    if mine is not None and place.department_id not in mine:
        raise NotAllowed()
    levels = fixed_quantities.in_force(session, {place.id})
    cards = replenishment.make_cards(session, form.occasion, levels)
    found = session.scalars(select(Product).where(Product.id.in_([card.product_id for card in cards])))
    products = {product.id: product for product in found}
    return [_label(card, products[card.product_id], place) for card in cards]


def _label(card: replenishment.RefillCard, product: Product, place: Location) -> labels.Label:
    return labels.Label(
        code=card.code,
        title_zh="空箱卡 扫码补货",
        title_en="Bin card: scan when empty",
        name=product.name,
        name_en=product.name_en,
        specification=product.specification,
        quantity=f"{card.packs} × {card.pack_quantity} {product.base_unit}",
        ward=place.name,
    )
