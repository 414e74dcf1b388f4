"""This file is the pages of what wards use loose: what is open, finishing it, what is unaccounted for, the modes."""

from __future__ import annotations

from typing import Any

from flask import redirect, render_template, request, url_for
from marshmallow import Schema, fields, validate
from sqlalchemy import case, select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from api import access, modes
from api.fields import Text
from api.here import person, read, write
from api.i18n import gettext as _
from api.pages import bp, office
from api.pages.listing import Choice, Column, Listing, Words, anywhere, listed
from api.pages.scanned import named, named_column
from spd import consumption
from spd.catalog import Product
from spd.consumption.opened_report import select_opened, select_variance
from spd.ledger import Item, UnknownItem
from spd.places import Department
from spd.policies.wards import MOST_DAYS, Charging, Opening, WardModeRow


class ModeForm(Schema):
    """A mode of a product, a ward, or both."""

    product = Text(load_default="", shortest=0, longest=80)
    department = Text(load_default="", shortest=0, longest=80)
    opening = fields.String(load_default="used", validate=validate.OneOf([str(one) for one in Opening]))
    open_days = fields.Integer(load_default=0, validate=validate.Range(0, MOST_DAYS))
    charging = fields.String(load_default="after_use", validate=validate.OneOf([str(one) for one in Charging]))
    withdraw = fields.Boolean(load_default=False)
    reason = Text(load_default="", shortest=0)


class FinishForm(Schema):
    """A pack that is empty."""


def tabs(current: str) -> list[dict[str, Any]]:
    """The pages of loose use this person may open."""
    every = (
        ("open", "pages.loose", _("Open packs")),
        ("variance", "pages.loose_variance", _("Variance")),
        ("modes", "pages.loose_modes", _("Ward modes")),
    )
    return [
        {"text": text, "href": url_for(endpoint), "current": name == current}
        for name, endpoint, text in every
        if access.may_open(endpoint, person())
    ]


@bp.get("/loose")
def loose() -> str | Response:
    """What is open on the ward, soonest to end first; what was finished lies behind a filter."""
    rows = select_opened(access.departments()).subquery()
    ends = case((rows.c.good_until_on < rows.c.expires_on, rows.c.good_until_on), else_=rows.c.expires_on)
    ends = case((rows.c.expires_on.is_(None), rows.c.good_until_on), else_=ends)
    states = [("open", _("open")), ("finished", _("finished")), ("all", _("all"))]
    which = {"finished": ~rows.c.open, "all": rows.c.number > 0}.get(request.args.get("state", ""), rows.c.open)
    listing = Listing(
        name="opened-packs",
        base=select(rows.c.number, rows.c.product).where(which),
        columns=(
            Column("item", _("Pack"), rows.c.item, kind="code", href=_to_one),
            Column("name", _("Product"), _named(rows.c)),
            Column("department", _("Department"), _named(rows.c, "department_name")),
            Column("lot", _("Lot"), rows.c.lot, kind="code"),
            Column("opened_at", _("Opened"), rows.c.opened_at, kind="instant"),
            Column("ends_on", _("Use until"), ends, kind="day"),
            Column("quantity", _("Was in it"), rows.c.quantity, kind="quantity"),
            Column("on_patients", _("On patients"), rows.c.on_patients, kind="quantity"),
            Column("by_department", _("By the department"), rows.c.by_department, kind="quantity"),
            Column("variance", _("Unaccounted for"), rows.c.variance, kind="quantity"),
            Column("left", _("Left"), rows.c["left"], kind="quantity"),
        ),
        filters=(
            Choice("state", _("State"), states, default="open"),
            Words("q", _("Pack or product"), lambda words: (rows.c.item == words) | (rows.c.product == words)),
        ),
        order="ends_on",
        tie=rows.c.number,
    )  # fmt: skip
    return listed(
        listing, title=_("Open packs"), tabs=tabs("open"), empty=_("Nothing is open"),
        hint=_("A pack of a product that the ward uses loose is opened by scanning it at the bedside page."),
    )  # fmt: skip


def _named(columns: Any, name: str = "name") -> Any:
    class Names:
        pass

    names = Names()
    names.name, names.name_en = columns[name], columns[f"{name}_en"]  # type: ignore[attr-defined]
    return named_column(names)


def _to_one(row: Any) -> str:
    return url_for("pages.loose_one", number=row.number)


@bp.get("/loose/<int:number>")
def loose_one(number: int) -> str:
    """One pack that was opened."""
    return _one(number, office.blank())


@bp.post("/loose/<int:number>")
def loose_finish(number: int) -> str | Response:
    """It is empty: what the book still has in it is the department's, as a variance."""
    form = office.filled(FinishForm)
    if form.sent:
        with form.attempt():
            row = _row(number)
            asked = consumption.OpeningAsked(occasion=form.occasion, item=row.item, departments=access.departments())
            done = write(asked.occasion, lambda session: consumption.finish(session, asked))
            said = {"item": done.item, "n": f"{done.variance} {row.base_unit}"}
            office.tell(_("%(item)s is finished; %(n)s unaccounted for.") % said)
            return redirect(url_for("pages.loose"))
    return _one(number, form)


def _row(number: int) -> Any:
    query = select_opened(access.departments()).where(Item.id == number)
    row = read(lambda session: session.execute(query).one_or_none())
    if row is None:
        raise UnknownItem(item=number)
    return row


def _one(number: int, form: office.Form) -> str:
    row = _row(number)
    may = row.open and access.may_open("pages.loose_finish", person())
    return render_template(
        "loose_one.html", one=row, form=form, may_finish=may, ward=named(row.department_name, row.department_name_en)
    )  # fmt: skip


@bp.get("/loose/variance")
def loose_variance() -> str | Response:
    """Of the packs that are finished, by product and ward: where what was in them went."""
    rows = select_variance(access.departments()).subquery()
    listing = Listing(
        name="loose-variance",
        base=select(rows.c.product.label("code")),
        columns=(
            Column("name", _("Product"), _named(rows.c)),
            Column("department", _("Department"), _named(rows.c, "department_name")),
            Column("packs", _("Packs finished"), rows.c.packs, kind="quantity", total=True),
            Column("quantity", _("Was in them"), rows.c.quantity, kind="quantity"),
            Column("on_patients", _("On patients"), rows.c.on_patients, kind="quantity"),
            Column("by_department", _("By the department"), rows.c.by_department, kind="quantity"),
            Column("variance", _("Unaccounted for"), rows.c.variance, kind="quantity"),
            Column("base_unit", _("Unit"), rows.c.base_unit),
        ),
        filters=(Words("q", _("Product or department"), anywhere(
            rows.c.product, rows.c.name, rows.c.name_en, rows.c.department_name, rows.c.department_name_en,
        )),),
        order="-variance",
        tie=rows.c.product,
    )  # fmt: skip
    return listed(listing, title=_("Variance"), tabs=tabs("variance"), empty=_("No pack is finished yet"))


def opening_names() -> dict[str, str]:
    """What opening a pack means."""
    return {"used": _("all of it is used"), "loose": _("drawn piece by piece")}


def charging_names() -> dict[str, str]:
    """Which comes first."""
    return {"after_use": _("use, then charge"), "before_use": _("charge, then use")}


@bp.get("/loose/modes")
def loose_modes() -> str | Response:
    """What is said of products and wards; the nearest holds."""
    mine = access.departments()
    base = (
        select(WardModeRow.id.label("number"))
        .outerjoin(Product, Product.id == WardModeRow.product_id)
        .outerjoin(Department, Department.id == WardModeRow.department_id)
    )
    if mine is not None:
        base = base.where(WardModeRow.department_id.in_([0, *mine]))
    row = WardModeRow
    days: Any = lambda value: str(value) if value else _("no limit")  # noqa: E731
    listing = Listing(
        name="ward-modes",
        base=base,
        columns=(
            Column("product", _("Product"), named_column(Product)),
            Column("code", _("Code"), Product.code, kind="code"),
            Column("department", _("Department"), named_column(Department)),
            Column("opening", _("Opening a pack"), row.opening, show=opening_names()),
            Column("open_days", _("Days good once open"), row.open_days, show=days),
            Column("charging", _("Charging"), row.charging, show=charging_names()),
        ),
        filters=(
            Words("q", _("Product or department"), anywhere(
                Product.code, Product.name, Product.name_en, Department.code, Department.name, Department.name_en,
            )),
            Choice("opening", _("Opening a pack"), list(opening_names().items()), lambda value: row.opening == value),
        ),
        order="product",
        tie=row.id,
    )  # fmt: skip
    may = access.may_open("pages.loose_mode_settle", person())
    action = {"text": _("Say a mode"), "href": url_for("pages.loose_mode_new"), "icon": "plus"}
    return listed(
        listing, title=_("Ward modes"), tabs=tabs("modes"),
        empty=_("Every ward uses whole packs and charges after use"),
        hint=_("Without a product: every product of the ward. Without a ward: every ward. The nearest holds."),
        actions=[action] if may else [],
    )  # fmt: skip


@bp.get("/loose/modes/new")
def loose_mode_new() -> str:
    """A mode to be said."""
    return _mode(office.blank(request.args.to_dict()))


@bp.post("/loose/modes/new")
def loose_mode_settle() -> str | Response:
    """A mode is said, or taken back."""
    form = office.filled(ModeForm)
    if form.sent:
        with form.attempt():
            when, said, mine = form.occasion, form.said, access.departments()
            write(when, lambda session: modes.settle(session, when, said, mine))
            office.tell(_("Said. It holds from now on."))
            return redirect(url_for("pages.loose_modes"))
    return _mode(form)


def _mode(form: office.Form) -> str:
    mine = access.departments()

    def ask(session: Session) -> list[tuple[str, str]]:
        query = select(Department).where(~Department.retired).order_by(Department.code)
        if mine is not None:
            query = query.where(Department.id.in_(mine))
        wards = [(one.code, named(one.name, one.name_en)) for one in session.scalars(query)]
        return wards if mine is not None else [("", _("every ward")), *wards]

    return render_template(
        "loose_mode.html", form=form, departments=read(ask), openings=list(opening_names().items()),
        chargings=list(charging_names().items()),
    )  # fmt: skip
