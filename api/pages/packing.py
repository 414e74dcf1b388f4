"""This file is the office of packing: recipes and their cards, and every pack by where its label is in its life."""

from __future__ import annotations

from typing import Any

from flask import Response, redirect, render_template, url_for
from marshmallow import Schema, fields, validate
from sqlalchemy import ColumnElement, exists, or_, select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as Answer

from api.access import may_open
from api.fields import Text
from api.here import person, read, write_plain
from api.i18n import gettext as _
from api.pages import bp, office
from api.pages.listing import Choice, Column, Listing, Words, exported, listed, table
from api.pages.report import class_names
from api.pages.scanned import named_column
from scanners import labels
from scanners.labels import Label
from spd import packing as rules
from spd.catalog import Lot, Product, ProductClass, get_product
from spd.core import clock
from spd.labelling import LabelPrint
from spd.ledger import Item
from spd.packing import PackRecipe
from spd.packing.labels import is_seen, state_of_label
from spd.places import Location
from spd.stock.finding import matching

PRINTED: ColumnElement[bool] = exists().where(LabelPrint.code == Item.code)
COLOURS = {
    "to_print": "caution", "to_apply": "caution", "in_stock": "ok", "reserved": "queued", "in_transit": "queued",
    "on_ward": "info", "held": "stop",
}  # fmt: skip


class RecipeForm(Schema):
    """A recipe as it is filled in."""

    product = Text(required=True, longest=80)
    quantity = fields.Integer(required=True, validate=validate.Range(0, 100_000))


@bp.get("/packing")
def packing() -> str | Answer:
    """Every recipe in force."""
    return exported(_recipes(), title=_("Recipes")) or _page(office.blank())


@bp.post("/packing")
def packing_settle() -> str | Answer:
    """A recipe from now on."""
    form = office.filled(RecipeForm)
    if form.sent:
        with form.attempt():
            product, quantity = form.said["product"], form.said["quantity"]
            write_plain(lambda session: rules.settle(session, form.occasion, get_product(session, product), quantity))
            office.tell(_("The recipe holds from now on; packs made before keep theirs."))
            return redirect(url_for("pages.packing"))
    return _page(form)


def _page(form: office.Form) -> str:
    may = may_open("pages.packing_settle", person())

    def ask(session: Session) -> str:
        shown = table(session, _recipes())
        return render_template(
            "packing.html", list=shown, form=form, may_settle=may, unseen=_unseen(session) if _labels() else 0,
            links=[one for one in _links() if may_open(one[0], person())],
        )  # fmt: skip

    return read(ask)


def _recipes() -> Listing:
    classes = {key: words for key, words in class_names().items() if key != ProductClass.HIGH_VALUE}
    return Listing(
        name="pack-recipes",
        base=select(PackRecipe.id.label("id"), Product.base_unit.label("unit"))
        .join(Product, Product.id == PackRecipe.product_id)
        .where(rules.holding()),
        columns=(
            Column("product", _("Code"), Product.code, kind="code", href=_product),
            Column("name", _("Product"), named_column(Product)),
            Column("specification", _("Specification"), Product.specification),
            Column("quantity", _("In a pack"), PackRecipe.quantity, kind="quantity", unit=lambda row: row.unit),
            Column("version", _("Version"), PackRecipe.version, kind="quantity"),
            Column("set_at", _("Since"), PackRecipe.set_at, kind="instant"),
            Column("card", _("Card"), PackRecipe.code, kind="code", href=_bench if _packs() else None),
        ),
        filters=(
            Words("q", _("Search"), lambda words: matching(words) | PackRecipe.code.icontains(words, autoescape=True)),
            Choice("product_class", _("Class"), list(classes.items()), lambda value: Product.product_class == value),
        ),
        order="product",
        tie=PackRecipe.id,
    )


def _links() -> list[tuple[str, str, str]]:
    return [
        ("pages.packing_cards", _("Print the cards"), "print"),
        ("pages.packing_labels", _("Labels of packs"), "label"),
        ("pages.kits", _("Kits"), "item"),
    ]


def _labels() -> bool:
    return may_open("pages.packing_labels", person())


def _packs() -> bool:
    return may_open("pages.pack", person())


def _product(row: Any) -> str:
    return url_for("pages.product", code=row.product)


def _bench(row: Any) -> str:
    return url_for("pages.pack", scan=row.card)


def _unseen(session: Session) -> int:
    waiting = rules.packs_labelled(PRINTED).where(rules.unseen(PRINTED, at=clock.now()))
    return len(session.execute(waiting.limit(1000)).all())


@bp.get("/packing/cards.pdf")
def packing_cards() -> Response:
    """The card of every recipe, packs and kits, one to a page."""

    def ask(session: Session) -> list[Label]:
        cards = [
            Label(
                code=one.code, title_zh="定数包配方卡", title_en="Pack recipe", name=one.product.name,
                name_en=one.product.name_en, specification=one.product.specification,
                quantity=f"{one.quantity} {one.product.base_unit}",
            )
            for one in rules.in_force(session)
        ]  # fmt: skip
        kits = [
            Label(code=one.code, title_zh="套包配方卡", title_en="Kit recipe", name=one.name, name_en=one.name_en)
            for one in rules.recipes_in_force(session)
        ]
        return cards + kits

    return Response(labels.pdf(read(ask), labels.SIZES["60x40"]), content_type="application/pdf")


def label_state_names() -> dict[str, str]:
    """Where a label is in its life."""
    return {
        "to_print": _("to be printed"),
        "to_apply": _("to be put on"),
        "in_stock": _("in stock"),
        "reserved": _("picked"),
        "in_transit": _("on its way"),
        "on_ward": _("on the ward"),
        "used": _("used"),
        "unpacked": _("taken apart"),
        "held": _("on hold"),
        "returned": _("sent back"),
        "written_off": _("written off"),
    }


@bp.get("/packing/labels")
def packing_labels() -> str | Answer:
    """Every pack, by where its label is in its life."""
    states = label_state_names()
    state = state_of_label(PRINTED, is_seen())
    base = rules.packs_labelled(PRINTED).join(Product, Product.id == Item.product_id).join(Lot, Lot.id == Item.lot_id)
    listing = Listing(
        name="pack-labels",
        base=base,
        columns=(
            Column("code", _("Code"), Item.code, kind="code", href=_trace),
            Column("name", _("Product"), named_column(Product)),
            Column("specification", _("Specification"), Product.specification),
            Column("lot", _("Lot"), Lot.code, kind="code"),
            Column("expires_on", _("Expires"), Lot.expires_on, kind="day"),
            Column("quantity", _("Quantity"), Item.quantity, kind="quantity"),
            Column("place", _("Location"), named_column(Location)),
            Column("label", _("Label"), state, kind="pill", show=states, colour=COLOURS.get),
            Column("created", _("Made"), Item.created_at, kind="instant"),
        ),
        filters=(
            Words("q", _("Search"), _matching),
            Choice("label", _("Label"), list(states.items()), lambda value: state == value),
            Choice("unseen", _("Not seen for a day"), [("1", _("yes"))], _not_seen),
        ),
        order="-created",
        tie=Item.id,
    )
    crumbs = [(_("Make packs"), url_for("pages.pack")), (_("Recipes"), url_for("pages.packing")), (_("Labels"), None)]
    return listed(listing, title=_("Labels of packs"), crumbs=crumbs)


def _trace(row: Any) -> str:
    return url_for("pages.trace", code=row.code)


def _matching(words: str) -> ColumnElement[bool]:
    columns = (Item.code, Product.name, Product.name_en, Product.initials, Product.code, Lot.code)
    return or_(*(column.icontains(words, autoescape=True) for column in columns))


def _not_seen(_value: str) -> ColumnElement[bool]:
    return rules.unseen(PRINTED, at=clock.now())
