"""This file is the page of the stock book: what departments held, what came, what went, and that it adds up."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from flask import redirect, render_template, url_for
from sqlalchemy import func
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from api.here import read
from api.i18n import gettext as _
from api.pages import bp, chain, report
from api.pages.listing import Choice, Column, Listing, exported, table, with_ties
from api.pages.report import as_of, chosen, frame, linked
from api.pages.report_bar import bar
from api.pages.scanned import named, named_column
from spd import costing
from spd.catalog import Lot
from spd.ledger import CHANGES, Item, Movement, Part, shifted
from spd.places import department_at
from spd.staff import Staff

ENDPOINT = "pages.finance_stock"


@bp.get("/finance/stock")
def finance_stock() -> str:
    """The stock book by department, or of one department by product."""
    said = chosen()
    return read(lambda session: _book(session, said))


def _book(session: Session, said: costing.Filter) -> str:
    lines = costing.department_book(session, said) if said.department else costing.stock_book(session, said)
    parts = shown_parts(lines)
    above = None
    if said.department:
        above = sum((one.amount(Part.CLOSING) for one in costing.stock_book(session, said)), Decimal(0))
    department = department_at(session, said.department, said.at) if said.department else None
    names = part_names()
    return render_template(
        "finance_stock.html",
        lines=lines,
        parts=[(part.value, names[part]) for part in parts],
        opened=lambda part, product=None: _opened(said, part, product),
        changes=[part.value for part in parts if part in CHANGES],
        sums={part.value: sum((one.amount(part) for one in lines), Decimal(0)) for part in Part},
        left=sum((abs(one.left_over) for one in lines), Decimal(0)),
        above=above,
        department=department,
        crumbs=_crumbs(said, named(department.name, department.name_en) if department else None),
        as_of=as_of(session, said),
        **bar(said, here="", endpoint=ENDPOINT),
        **frame("finance_stock", said),
    )


@bp.get("/finance/stock/movements")
def finance_stock_movements() -> str | Response:
    """The movements behind the book of one department: of a part, of a product, or all that came and went."""
    said = chosen()
    if said.department is None:
        return redirect(linked(said, ENDPOINT, by=None))
    listing, book = read(lambda session: (_moves(session, said), costing.department_book(session, said)))
    part = listing.chosen.get("part")
    wanted = [Part(part)] if part else list(CHANGES)
    mine = [line for line in book if said.product in (None, line.key)]
    title = _("Stock movements")
    above = sum((line.amount(one) for line in mine for one in wanted), Decimal(0))
    total = read(lambda session: Decimal(table(session, listing).totals.get("amount") or 0))
    ties = [(_("Movements"), total, _("Stock book"), above)]
    if answer := exported(with_ties(listing, ties), title=title):
        return answer

    def draw(session: Session) -> str:
        department = department_at(session, said.department or "", said.at)
        name = named(department.name, department.name_en)
        return render_template(
            "finance_listing.html",
            title=title,
            list=table(session, listing),
            ties=ties,
            crumbs=[
                *_crumbs(said, name)[:1],
                (name, linked(said, ENDPOINT, product=None, by=None)),
                (named(mine[0].name, mine[0].name_en) if said.product and mine else title, None),
            ],
            sub=said.period if said.since is None else f"{said.since} – {said.period}",
            picked=False,
            tabs=report.tabs("finance_stock", said.period),
            **(report.list_frame(said.period) | {"as_of": as_of(session, said)}),
        )

    return read(draw)


def _moves(session: Session, said: costing.Filter) -> Listing:
    """What came and went, the latest last; signed as the book is."""
    sides = costing.book_sides(session, said)
    names = part_names()
    kinds = chain.names()["kind"]
    life: Any = lambda row: url_for("pages.trace", code=row.item)  # noqa: E731
    return Listing(
        name=f"stock-movements_{said.department}_{said.period}",
        base=sides.select.join(Staff, Staff.id == Movement.staff_id).outerjoin(Lot, Lot.id == Item.lot_id),
        columns=(
            Column("number", _("Movement"), Movement.id.label("number"), kind="code", show=lambda number: f"#{number}",
                   href=lambda row: url_for("pages.trace", code=row.item) + f"#m{row.number}"),
            Column("occurred_at", _("When"), Movement.occurred_at, kind="instant"),
            Column("part", _("Part"), sides.part, show={one.value: names[one] for one in CHANGES}),
            Column("item", _("Item"), Item.code, kind="code", href=life),
            Column("product", _("Product"), named_column(sides.product)),
            Column("quantity", _("Quantity"), sides.quantity, kind="quantity", total=said.product is not None,
                   href=life),
            Column("unit_price", _("Unit price"), Item.unit_price, kind="money"),
            Column("amount", _("Amount"), sides.amount, kind="money", total=True, href=life),
            Column("kind", _("What"), Movement.kind, show=kinds),
            Column("from_place", _("From"), named_column(sides.origin)),
            Column("to_place", _("To"), named_column(sides.goal)),
            Column("lot", _("Lot"), func.coalesce(Lot.code, ""), kind="code"),
            Column("staff", _("Who"), Staff.name),
        ),
        filters=(
            Choice("part", _("Part"), [(one.value, names[one]) for one in CHANGES],
                   lambda value: sides.part == value),
        ),
        order="number",
        tie=Movement.id,
    )  # fmt: skip


def shown_parts(lines: list[costing.BookLine]) -> list[Part]:
    """The parts there are columns for: packing changes nothing of worth, and is shown only where it does."""
    return [part for part in Part if part is not Part.PACKED or any(one.amount(part) for one in lines)]


def part_names() -> dict[Part, str]:
    """What the parts are called."""
    return {
        Part.OPENING: _("Opening"),
        Part.RECEIVED: _("Received"),
        Part.MOVED_IN: _("Moved in"),
        Part.PACKED: _("Packed"),
        Part.USED: _("Used"),
        Part.MOVED_OUT: _("Moved out"),
        Part.RETURNED: _("Returned"),
        Part.ADJUSTED: _("Adjusted"),
        Part.CLOSING: _("Closing"),
    }


def _opened(said: costing.Filter, part: str, product: str | None) -> str:
    """Where a figure of one department opens: to its movements; what was there at first, to the book before."""
    if part == Part.OPENING:
        before: dict[str, Any] = {"from": None, "month": shifted(said.periods[0], -1), "by": None}
        return linked(said, ENDPOINT, **before)
    more: dict[str, Any] = {"by": None, "product": product, "part": None if part == Part.CLOSING else part}
    return linked(said, "pages.finance_stock_movements", **more)


def _crumbs(said: costing.Filter, department: str | None) -> list[Any]:
    if department is None:
        return [(_("Hospital"), None)]
    return [(_("Hospital"), linked(said, ENDPOINT, department=None, by=None)), (department, None)]
