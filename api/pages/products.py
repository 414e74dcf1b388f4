"""This file is the page of products: the catalogue, searched by name, initials, code and specification."""

from __future__ import annotations

from typing import Any

from flask import url_for
from sqlalchemy import ColumnElement, and_, or_, select, true
from werkzeug.wrappers import Response

from api.here import person
from api.i18n import gettext as _
from api.pages import bp
from api.pages.frame import may_open
from api.pages.listing import Choice, Column, Listing, Words, listed
from api.pages.report import class_names
from api.pages.scanned import named_column
from spd.catalog import Product


@bp.get("/products")
def products() -> str | Response:
    """The products that match."""
    classes = class_names()
    listing = Listing(
        name="products",
        base=select(Product.id.label("id")),
        columns=(
            Column("code", _("Code"), Product.code, kind="code", href=_stock),
            Column("name", _("Name"), named_column(Product)),
            Column("specification", _("Specification"), Product.specification),
            Column("product_class", _("Class"), Product.product_class, show=classes),
            Column("base_unit", _("Unit"), Product.base_unit),
            Column("charge_code", _("Charge code"), Product.charge_code, kind="code"),
        ),
        filters=(
            Words("q", _("Search"), matching),
            Choice("product_class", _("Class"), list(classes.items()), lambda value: Product.product_class == value),
        ),
        order="code",
        tie=Product.id,
    )
    actions = []
    if may_open("pages.imports_new", person()):
        actions.append({"text": _("Import"), "href": url_for("pages.imports_new", kind="products"), "kind": "quiet"})
    return listed(listing, title=_("Products"), actions=actions)


def _stock(row: Any) -> str:
    return url_for("pages.stock", product=row.code)


def matching(words: str) -> ColumnElement[bool]:
    """Products of which every word is in the name, the initials, the code or the specification."""
    columns = (Product.name, Product.name_en, Product.initials, Product.code, Product.specification)
    found = (or_(*(column.icontains(word, autoescape=True) for column in columns)) for word in words.split())
    return and_(true(), *found)
