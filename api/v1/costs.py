"""This file is /costs: department, encounter and DRG cost, each open down to the movement."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from sqlalchemy.orm import Session

from api import access
from api.here import read
from api.months import instants_of
from api.noun import Noun
from api.paging import paged
from api.v1.cost_schemas import (
    BookAsked,
    BookLineOut,
    BookMovementsAsked,
    BookMovementsOut,
    CostGroupOut,
    CostGroupsAsked,
    CostPageAsked,
    CostsAsked,
    DepartmentCostsOut,
    DrgAsked,
    DrgCaseOut,
    DrgCasesAsked,
    DrgOut,
    EncounterAsked,
    EncounterCostsOut,
    EncountersAsked,
    PartitionAsked,
    PartitionOut,
    ProductCostOut,
)
from api.v1.uses import UsesOut
from spd import costing
from spd.core import clock
from spd.costing import Dimension
from spd.encounters import get_encounter
from spd.ledger import Item, Movement

bp = Noun("costs", "What was used costs.")


def chosen(asked: dict[str, Any]) -> costing.Filter:
    """What was asked, within what this reader may see."""
    names = ("since", "campus", "department", "product_class", "chargeable", "product", "lot", "week")
    named = {name: asked.get(name) for name in names}
    return costing.Filter(period=asked["month"], departments=access.departments(), at=asked.get("as_of"), **named)


@bp.get("/departments")
@bp.arguments(CostsAsked, location="query")
@bp.response(200, DepartmentCostsOut)
def departments(asked: dict[str, Any]) -> dict[str, Any]:
    """A month's cost by department, class, and chargeable or not."""
    rows = read(lambda session: costing.by_department(session, chosen(asked)))
    total = sum((row.total for row in rows), start=0)
    return {"month": asked["month"], "as_of": asked.get("as_of", clock.now()), "departments": rows, "total": total}


@bp.get("/products")
@bp.arguments(CostsAsked, location="query")
@bp.response(200, ProductCostOut(many=True))
def products(asked: dict[str, Any]) -> list[costing.ProductCost]:
    """The same cost by product, the dearest first."""
    return read(lambda session: costing.by_product(session, chosen(asked)))


@bp.get("/groups")
@bp.arguments(CostGroupsAsked, location="query")
@bp.response(200, CostGroupOut(many=True))
def groups(asked: dict[str, Any]) -> list[costing.Group]:
    """The same cost by campus, class, chargeable or not, or lot, the dearest first."""
    return read(lambda session: costing.by(session, chosen(asked), Dimension(asked["by"])))


@bp.get("/stock")
@bp.arguments(BookAsked, location="query")
@bp.response(200, BookLineOut(many=True))
def stock(asked: dict[str, Any]) -> list[costing.BookLine]:
    """The stock book: opening + in − out ± adjustments = closing, by department or by the products of one."""
    book = costing.department_book if asked.get("department") else costing.stock_book
    return read(lambda session: book(session, chosen(asked)))


@bp.get("/stock/movements")
@bp.arguments(BookMovementsAsked, location="query")
@bp.response(200, BookMovementsOut)
def stock_movements(asked: dict[str, Any]) -> dict[str, Any]:
    """The movements behind the stock book of a department: those of a part or of a product, or all."""
    limit, part = asked["limit"], asked.get("part")

    def ask(session: Session) -> Any:
        sides = costing.book_sides(session, chosen(asked))
        query = sides.select.add_columns(
            sides.part.label("part"), Movement.kind, Movement.occurred_at, Item.code.label("item"),
            sides.product.code.label("product"), sides.origin.code.label("from_location"),
            sides.goal.code.label("to_location"), sides.quantity.label("quantity"), Item.unit_price,
            sides.amount.label("amount"),
        ).where(Movement.id > asked["after"])  # fmt: skip
        if part is not None:
            query = query.where(sides.part == part)
        return session.execute(query.order_by(Movement.id).limit(limit + 1)).all()

    return paged("movements", read(ask), limit, lambda row: row.id)


@bp.get("/uses")
@bp.arguments(CostPageAsked, location="query")
@bp.response(200, UsesOut)
def uses(asked: dict[str, Any]) -> dict[str, Any]:
    """The movements behind the same cost."""
    rows = read(lambda s: costing.uses(s, chosen(asked), after=asked["after"], limit=asked["limit"] + 1))
    return paged("uses", rows, asked["limit"], lambda row: row.posting_id)


@bp.get("/encounters")
@bp.arguments(EncountersAsked, location="query")
@bp.response(200, EncounterCostsOut)
def encounters(asked: dict[str, Any]) -> dict[str, Any]:
    """Encounters with cost posted in a month."""
    mine = access.departments()
    rows = read(
        lambda session: costing.by_encounter(
            session,
            costing.Filter(period=asked["month"], since=asked.get("since")).periods,
            after=asked["after"],
            limit=asked["limit"] + 1,
            departments=mine,
            at=asked.get("as_of"),
        )
    )
    return paged("encounters", rows, asked["limit"], lambda row: row.id)


@bp.get("/encounters/<path:code>")
@bp.arguments(EncounterAsked, location="query")
@bp.response(200, UsesOut)
def encounter(asked: dict[str, Any], code: str) -> dict[str, Any]:
    """Every use on one encounter, reversals too."""
    mine = access.departments()

    def ask(session: Session) -> list[dict[str, Any]]:
        rows = costing.of_encounter(session, get_encounter(session, code), departments=mine, at=asked.get("as_of"))
        return [asdict(row) for row in rows]

    return {"uses": read(ask), "next": None}


@bp.get("/drgs")
@bp.arguments(DrgAsked, location="query")
@bp.response(200, DrgOut(many=True))
def drgs(asked: dict[str, Any]) -> list[costing.DrgCost]:
    """The month's discharged cases by DRG: cost, payment, margin."""
    since, until = instants_of(asked.get("since", asked["month"]), asked["month"])
    cases = costing.Discharges(
        since=since, until=until, year=int(asked["month"][:4]), region=asked.get("region"), at=asked.get("as_of")
    )
    return read(lambda session: costing.by_drg(session, cases))


@bp.get("/drgs/cases")
@bp.arguments(DrgCasesAsked, location="query")
@bp.response(200, DrgCaseOut(many=True))
def drg_cases(asked: dict[str, Any]) -> list[costing.CaseOfDrg]:
    """The cases behind one DRG, the dearest first; each opens at `/costs/encounters/{encounter}`."""
    since, until = instants_of(asked.get("since", asked["month"]), asked["month"])
    cases = costing.Discharges(since=since, until=until, year=int(asked["month"][:4]), at=asked.get("as_of"))
    return read(lambda session: costing.cases_of_drg(session, cases, asked["drg_code"]))


@bp.get("/partition")
@bp.arguments(PartitionAsked, location="query")
@bp.response(200, PartitionOut)
def partition(asked: dict[str, Any]) -> costing.Partition:
    """A month's cost by whether it fell on a DRG stay, another stay, or a department alone."""
    return read(lambda session: costing.partition(session, asked.get("month"), at=asked.get("as_of")))
