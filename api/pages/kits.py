"""This file is the bench of kits: one kit filled and sealed scan by scan, opened or taken apart, and its label."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from flask import Response, render_template, request
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as Answer

from api.here import moment, read, write
from api.i18n import gettext as _
from api.pages import bp, label_files, printing, sterile
from api.pages.scanned import Said, again, answer, forms, heard, named, nothing_scanned, stood
from api.pages.verdicts import Verdict, done, told
from scanners import Scan, Unreadable, labels
from scanners.labels import Label
from spd import packing as rules
from spd import stock
from spd.catalog import Product
from spd.core.errors import Refusal
from spd.packing import KitRecipe
from spd.stock import Goods
from spd.stock.sterility import FAILED

_PARTS = ("kit_bench",)


@dataclass(frozen=True)
class BenchLine:
    """One line of the recipe, and how much of it is in the kit."""

    product: Product
    wanted: int
    there: int


def state_names() -> dict[str, str]:
    """What the states of kits are called."""
    return {"assembled": _("sealed"), "opened": _("opened"), "dissolved": _("taken apart")}


@bp.get("/kits/bench")
def kit() -> str:
    """The bench. A scanned recipe card or kit (`?scan=`) is on it at once."""
    state: dict[str, Any] = {}
    verdict = None
    if raw := request.args.get("scan"):
        try:
            verdict, state = _scanned(again(raw), {})
        except (Refusal, Unreadable) as error:
            verdict = printing.refused(error)
    return render_template("kit.html", verdict=verdict, state=state, **forms(state), **_context(state))


@bp.post("/kits/bench")
def kit_scan() -> str | Answer:
    """A card, a thing or a kit is scanned; the kit is sealed, opened or taken apart."""
    state = _kept(stood())
    said: Said | None = None
    job: int | None = None
    try:
        said = heard()
        if said.act == "seal" and state.get("recipe"):
            verdict, state, job = _seal(said, state)
        elif said.act in ("open", "dissolve") and state.get("kit"):
            verdict, state = _end(said, state["kit"])
        elif said.act == "drop":
            state = state | {"items": [code for code in state.get("items", []) if code != said.text("item")]}
            verdict = told(_("Taken out"), said.text("item"))
        elif said.scan is None:
            verdict = nothing_scanned()
        else:
            verdict, state = _scanned(said.scan, state)
    except (Refusal, Unreadable) as error:
        verdict = printing.refused(error)
    page = answer("kit.html", verdict, state=state, parts=_PARTS, **_context(state, said), job=job)
    return printing.remembered(page, said)


def _kept(state: dict[str, Any]) -> dict[str, Any]:
    kept: dict[str, Any] = {name: str(state[name]) for name in ("recipe", "kit") if state.get(name)}
    items = [str(code) for code in state.get("items") or []][:200]
    return kept | ({"items": items} if items else {})


def _scanned(scan: Scan, state: dict[str, Any]) -> tuple[Verdict, dict[str, Any]]:
    code = scan.code or scan.data
    recipe = read(lambda session: rules.find_kit_recipe(session, code))
    if recipe is not None:
        return told(named(recipe.name, recipe.name_en), _("Scan what goes in.")), {"recipe": recipe.code}
    found = read(lambda session: rules.find_kit(session, code))
    if found is not None:
        return told(_("Kit %(code)s") % {"code": found.code}, state_names()[found.state]), {"kit": found.code}
    if "recipe" not in state:
        raise rules.UnknownKitRecipe(recipe=code)
    goods = read(lambda session: stock.get_goods(session, stock.item_code(session, scan)))
    items = state.get("items", [])
    if goods.item.code in items:
        return {"class": "repeat", "title": named(goods.name, goods.name_en), "what": goods.item.code}, state
    if goods.item.kind == "bulk":
        raise rules.NotForKit(item=goods.item.code)
    stock.refuse_unsafe(goods, 1, when=moment())
    title = named(goods.name, goods.name_en)
    return told(title, goods.item.code, count=len(items) + 1), state | {"items": [*items, goods.item.code]}


def _seal(said: Said, state: dict[str, Any]) -> tuple[Verdict, dict[str, Any], int | None]:
    """The kit sealed and its label in the printer's queue; where that is jammed, neither."""
    asked = rules.KitAsked(occasion=said.occasion, recipe=state["recipe"], items=state.get("items", []))

    def act(session: Session) -> tuple[str, int, int | None]:
        printer = printing.chosen(session, said)
        made = rules.assemble(session, asked)
        job = printing.send(session, said, printer, [_label(session, made.code)]) if printer else None
        return made.code, len(made.items), job

    code, pieces, job = write(said.occasion, act)
    return done(_("Kit sealed"), code, count=pieces), {"kit": code}, job


def _end(said: Said, code: str) -> tuple[Verdict, dict[str, Any]]:
    opened = said.act == "open"
    write(said.occasion, lambda session: rules.end(session, said.occasion, code, opened=opened))
    return done(_("Kit opened") if opened else _("Kit taken apart"), code), {"kit": code}


def _context(state: dict[str, Any], said: Said | None = None) -> dict[str, Any]:
    return read(lambda session: _bench(session, state) | printing.context(session, said))


def _bench(session: Session, state: dict[str, Any]) -> dict[str, Any]:
    if "kit" in state:
        made = rules.get_kit(session, state["kit"])
        recipe = session.get_one(KitRecipe, made.recipe_id)
        goods = rules.contents(session, made)
    else:
        found = rules.find_kit_recipe(session, state["recipe"]) if "recipe" in state else None
        if found is None:
            return {"kit": None, "recipe": None, "wanted": [], "goods": [], "states": state_names()}
        made, recipe, goods = None, found, stock.goods_of(session, state.get("items", []))
    return {
        "kit": made, "recipe": recipe, "wanted": _lines(session, recipe, goods), "goods": goods,
        "states": state_names(), "sterile": sterile.told(made.sterile) if made else "",
    }  # fmt: skip


def _lines(session: Session, recipe: KitRecipe, goods: list[Goods]) -> list[BenchLine]:
    there: Counter[int] = Counter()
    for one in goods:
        there[one.item.product_id] += one.item.quantity
    wanted = {line.product_id: line.quantity for line in recipe.lines}
    ids = {**wanted, **there}
    products = {row.id: row for row in session.scalars(select(Product).where(Product.id.in_(ids)))}
    return [BenchLine(products[number], wanted.get(number, 0), there[number]) for number in ids]


@bp.get("/kits/<code>/label.svg")
def kit_label(code: str) -> Response:
    """The label of a kit, to look at."""
    label = replace(read(lambda session: _label(session, code)), preview=True)
    return Response(labels.svg(label, labels.SIZES["60x40"]), content_type="image/svg+xml")


@bp.post("/kits/<code>/label")
def kit_label_print(code: str) -> Response:
    """The label of a kit, printed and counted."""
    return label_files.printed(lambda session: [_label(session, code)])


def _label(session: Session, code: str) -> Label:
    made = rules.get_kit(session, code)
    recipe = session.get_one(KitRecipe, made.recipe_id)
    goods = rules.contents(session, made)
    days = [one.expires_on for one in goods if one.expires_on]
    if made.sterile and made.sterile != FAILED:
        days.append(date.fromisoformat(made.sterile))
    first = min(days, default=None)
    return Label(
        code=made.code, title_zh="手术套包", title_en="Kit", name=recipe.name, name_en=recipe.name_en,
        quantity=str(len(goods)), expires_on=first,
    )  # fmt: skip
