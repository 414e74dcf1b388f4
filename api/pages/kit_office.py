"""This file is the office of kits: what procedures need, in versions, and every kit that was made of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import render_template, request, url_for
from marshmallow import Schema
from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session
from werkzeug.utils import redirect
from werkzeug.wrappers import Response

from api.access import may_open
from api.fields import Text
from api.here import person, read, write_plain
from api.i18n import gettext as _
from api.i18n import quantity
from api.pages import bp, office
from api.pages.kits import state_names
from api.pages.listing import Choice, Column, Listing, Words, anywhere, exported, table
from api.pages.scanned import named, named_column
from spd import packing as rules
from spd.catalog import Product, get_product
from spd.ledger import Item
from spd.packing import Kit, KitItem, KitLine, KitRecipe, KitRecipeSaid
from spd.places import Location
from spd.staff import Staff
from spd.stock.kits import ASSEMBLED

COLOURS = {"assembled": "ok"}
ENDS = "0"


class KitForm(Schema):
    """A kit's recipe as it is filled in: a line for each product, its code and how many; 0 alone ends it."""

    name = Text(required=True, longest=200)
    name_en = Text(load_default="", longest=200)
    lines = Text(required=True, longest=4000)


@dataclass(frozen=True, kw_only=True)
class RecipeShown:
    """A recipe as the list shows it: `inside` is its products with how many, in words."""

    card: str
    name: str
    inside: str
    products: int
    version: int
    set_at: datetime
    text: str


@bp.get("/kits")
def kits() -> str | Response:
    """What procedures need, and the kits there are (`?tab=made`)."""
    made = _made_asked()
    if answer := exported(read(_listing), title=_("Kits made") if made else _("Kits")):
        return answer
    return read(lambda session: _page(session, office.blank()))


@bp.post("/kits")
def kits_settle() -> str | Response:
    """A kit's recipe from now on."""
    form = office.filled(KitForm)
    if form.sent:
        with form.attempt():
            write_plain(lambda session: _settle(session, form))
            office.tell(_("The recipe holds from now on; kits sealed before keep theirs."))
            return redirect(url_for("pages.kits"))
    return read(lambda session: _page(session, form))


def _settle(session: Session, form: office.Form) -> KitRecipe:
    if form.said["lines"].strip() == ENDS:
        return rules.end_recipe(session, form.occasion, form.said["name"])
    lines = []
    for text in form.said["lines"].replace(";", "\n").splitlines():
        code, _space, number = text.strip().partition(" ")
        number = number.strip().lstrip("×x* ")
        if code:
            amount = int(number) if number.isascii() and number.isdigit() and int(number) else 1
            lines.append(KitLine(product=get_product(session, code), quantity=amount))
    said = KitRecipeSaid(name=form.said["name"], name_en=form.said["name_en"], lines=lines)
    return rules.settle_recipe(session, form.occasion, said)


def _made_asked() -> bool:
    return request.args.get("tab") == "made"


def _page(session: Session, form: office.Form) -> str:
    made = _made_asked()
    return render_template(
        "kits.html", list=table(session, _listing(session)), made=made, form=form, tabs=_tabs(made),
        may_settle=may_open("pages.kits_settle", person()) and not made,
        may_print=may_open("pages.packing_cards", person()),
    )  # fmt: skip


def _tabs(made: bool) -> list[dict[str, Any]]:
    return [
        {"text": _("Kit recipes"), "href": url_for("pages.kits"), "current": not made},
        {"text": _("Kits made"), "href": url_for("pages.kits", tab="made"), "current": made},
    ]


def _listing(session: Session) -> Listing:
    return _made() if _made_asked() else _recipes(session)


def _recipes(session: Session) -> Listing:
    return Listing(
        name="kit-recipes",
        base=_rows(session),
        columns=(
            Column("name", _("Kit"), href=lambda row: url_for("pages.kit", scan=row.card)),
            Column("inside", _("What is inside"), sortable=False),
            Column("products", _("Products"), kind="quantity"),
            Column("version", _("Version"), kind="quantity"),
            Column("set_at", _("Since"), kind="instant"),
            Column("card", _("Card"), kind="code"),
        ),
        filters=(Words("q", _("Search"), text=lambda row: row.text),),
        order="name",
    )


def _rows(session: Session) -> list[RecipeShown]:
    recipes = rules.recipes_in_force(session)
    ids = {line.product_id for recipe in recipes for line in recipe.lines}
    products = {row.id: row for row in session.scalars(select(Product).where(Product.id.in_(ids)))}
    return [_shown(recipe, [(products[line.product_id], line.quantity) for line in recipe.lines]) for recipe in recipes]


def _shown(recipe: KitRecipe, lines: list[tuple[Product, int]]) -> RecipeShown:
    inside = "; ".join(
        f"{named(one.name, one.name_en)} {one.specification} × {quantity(amount)} {one.base_unit}".replace("  ", " ")
        for one, amount in lines
    )
    words = [recipe.code, recipe.name, recipe.name_en]
    words += [text for one, _amount in lines for text in (one.code, one.name, one.name_en, one.initials)]
    return RecipeShown(
        card=recipe.code, name=named(recipe.name, recipe.name_en), inside=inside, products=len(lines),
        version=recipe.version, set_at=recipe.set_at, text=" ".join(words),
    )  # fmt: skip


def _made() -> Listing:
    states = state_names()
    return Listing(
        name="kits",
        base=select(Kit.id.label("id"))
        .join(KitRecipe, KitRecipe.id == Kit.recipe_id)
        .join(Staff, Staff.id == Kit.made_by_id),
        columns=(
            Column("code", _("Code"), Kit.code, kind="code", href=lambda row: url_for("pages.kit", scan=row.code)),
            Column("name", _("Kit"), named_column(KitRecipe)),
            Column("state", _("State"), Kit.state, kind="pill", show=states, colour=COLOURS.get),
            Column("place", _("Where"), _place()),
            Column("made_at", _("Made"), Kit.made_at, kind="instant"),
            Column("by", _("By"), Staff.name),
            Column("ended_at", _("Ended"), Kit.ended_at, kind="instant"),
        ),
        filters=(
            Words("q", _("Search"), _matching),
            Choice("state", _("State"), list(states.items()), lambda value: Kit.state == value),
        ),
        order="-made_at",
        tie=Kit.id.desc(),
    )


def _place() -> Any:
    """Where a sealed kit is: where the things in it are."""
    return (
        select(func.min(named_column(Location)))
        .join(Item, Item.location_id == Location.id)
        .join(KitItem, KitItem.item_id == Item.id)
        .where(KitItem.kit_id == Kit.id, Kit.state == ASSEMBLED, Item.quantity > 0)
        .correlate(Kit)
        .scalar_subquery()
    )


def _matching(words: str) -> ColumnElement[bool]:
    inside = (
        select(KitItem.id)
        .join(Item, Item.id == KitItem.item_id)
        .join(Product, Product.id == Item.product_id)
        .where(KitItem.kit_id == Kit.id)
    )
    names = (Item.code, Product.code, Product.name, Product.name_en)
    has = inside.where(anywhere(*names)(words)).exists()
    return has | anywhere(Kit.code, KitRecipe.name, KitRecipe.name_en)(words)
