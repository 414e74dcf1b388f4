"""This file is what moves without a wave: near expiry exchanged between wards, things carried or brought back."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import render_template, request
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from api import access
from api.here import person, read, write
from api.i18n import gettext as _
from api.pages import bp, places, totes
from api.pages.listing import Choice, Column, Listing, Words, exported, table
from api.pages.refill import tabs, today
from api.pages.scanned import Said, answer, forms, heard, named, nothing_scanned, stood
from api.pages.verdicts import Verdict, done, refused, told
from api.whatis import what_is
from scanners import Unreadable
from spd import replenishment, stock
from spd.core import clock
from spd.core.errors import Refusal
from spd.places import Location, get_location
from spd.replenishment import Exchange
from spd.staff import Role

WITHIN_DAYS = 90

State = dict[str, Any]


@bp.get("/refill/exchange")
def refill_exchange() -> str | Response:
    """Packs that a ward will not use in time, and where they would be used."""
    listing = _exchanges()
    if file := exported(listing, title=_("Near expiry")):
        return file
    return _shown("refill_exchange.html", None, {}, listing)


@bp.post("/refill/exchange")
def refill_exchange_scan() -> str | Response:
    """Two scans: the pack that expires soon, the one that comes back for it."""
    verdict, state = _answered(_exchange)
    listing = None if request.is_json else _exchanges()
    if request.is_json:
        return answer("refill_exchange.html", verdict, state=state, parts=("swap",), **_swap(state))
    return _shown("refill_exchange.html", verdict, state, listing)


def _shown(template: str, verdict: Verdict | None, state: State, listing: Listing | None) -> str:
    def ask(session: Session) -> str:
        shown = {"list": table(session, listing), "title": listing.name} if listing is not None else {}
        return render_template(
            template, verdict=verdict, state=state, tabs=tabs(), **forms(state), **shown, **_swap(state)
        )  # fmt: skip

    return read(ask)


def _swap(state: State) -> dict[str, Any]:
    code = state.get("item")
    return {"held": read(lambda session: stock.find_goods(session, str(code))) if code else None}


def _exchanges() -> Listing:
    def named_of(part: str) -> Callable[[Exchange], str]:
        return lambda one: named(getattr(one, part), getattr(one, f"{part}_en"))

    mine = access.departments()
    found = read(
        lambda session: replenishment.exchanges(
            session, on=today(), within_days=WITHIN_DAYS, at=clock.now(), departments=mine
        )
    )
    rows = [_Row(one, named_of) for one in found]
    return Listing(
        name="near-expiry",
        base=rows,
        columns=(
            Column("days_left", _("Days left"), kind="quantity"),
            Column("expires_on", _("Expires"), kind="day"),
            Column("item", _("Pack"), kind="code"),
            Column("product", _("Product")),
            Column("lies", _("Lies at")),
            Column("lasts", _("Lasts, days"), kind="quantity"),
            Column("goes", _("Used at")),
            Column("to_lasts", _("There in, days"), kind="quantity"),
            Column("back", _("In return"), kind="code"),
        ),
        filters=(
            Words("q", _("Search"), text=lambda row: f"{row.product} {row.item} {row.lies} {row.goes}"),
            Choice("lies", _("Lies at"), [(one, one) for one in sorted({row.lies for row in rows})],
                   of=lambda row: row.lies),
        ),
        order="days_left",
    )  # fmt: skip


class _Row:
    """One exchange as the list shows it."""

    def __init__(self, one: Exchange, words: Callable[[str], Callable[[Exchange], str]]) -> None:
        self.days_left, self.expires_on, self.item, self.back = one.days_left, one.expires_on, one.item, one.back
        self.product, self.lies, self.goes = words("name")(one), words("from_name")(one), words("to_name")(one)
        self.lasts, self.to_lasts = one.lasts_days, one.to_lasts_days


def _answered(act: Callable[[Said, State], tuple[Verdict, State]]) -> tuple[Verdict, State]:
    """What an act of a scan page came to; a refusal keeps what the page stands on."""
    state: State = stood()
    try:
        said = heard()
        if said.act == "clear":
            return told(_("Begin anew")), {}
        return act(said, state)
    except (Refusal, Unreadable) as error:
        return refused(error), state


def _exchange(said: Said, state: State) -> tuple[Verdict, State]:
    if said.scan is None:
        return nothing_scanned(), state
    mine = access.departments()
    if not state.get("item"):
        scan = said.scan
        goods = read(lambda session: stock.get_goods(session, stock.item_code(session, scan, departments=mine)))
        words = _("Now scan the pack that comes back for it.")
        return told(named(goods.name, goods.name_en), words), {"item": goods.item.code}
    asked = replenishment.ToSwap(occasion=said.occasion, item=state["item"], back=said.scan, departments=mine)
    moved = write(said.occasion, lambda session: replenishment.swap(session, asked))
    return done(_("Exchanged"), " ⇄ ".join(moved)), {}


@bp.get("/refill/carry")
def refill_carry() -> str:
    """Things carried to another ward or back to the store, without a tote."""
    return render_template("refill_carry.html", verdict=None, state={}, tabs=tabs(), **forms({}), **_carried({}))


@bp.post("/refill/carry")
def refill_carry_scan() -> str | Response:
    """Things are scanned, then the place they are carried to: that books it."""
    verdict, state = _answered(_carry)
    return answer(
        "refill_carry.html", verdict, state=state, parts=("carried",), tabs=tabs(), **_carried(state)
    )  # fmt: skip


def _carry(said: Said, state: State) -> tuple[Verdict, State]:
    items = [str(code) for code in state.get("items") or []][:1000]
    if said.act == "drop":
        return told(_("Taken out"), said.text("item")), {"items": [one for one in items if one != said.text("item")]}
    scan = said.scan
    if scan is None:
        return nothing_scanned(), state
    mine = access.departments()
    found = read(lambda session: what_is(session, scan, departments=mine))
    if found["kind"] == "location":
        return _put_down(said, items, found["code"])
    code, thing = read(lambda session: totes.told_of(session, scan, mine))
    name = named(thing.name, thing.name_en)
    if code in items:
        return {"class": "repeat", "code": "E03", "title": _("Taken already"), "what": name}, {"items": items}
    items = [*items, code]
    what = _("Scan more, or the label of the place it is carried to.")
    return done(name, what, count=len(items), count_label=_("items")), {"items": items}


def _put_down(said: Said, items: list[str], to: str) -> tuple[Verdict, State]:
    place = read(lambda session: get_location(session, to))
    name = named(place.name, place.name_en)
    if not items:
        return told(_("Scan what is carried first"), name) | {"class": "repeat"}, {}
    asked = replenishment.ToTransfer(
        occasion=said.occasion, items=items, to=place.code, departments=access.departments()
    )  # fmt: skip
    moved = write(said.occasion, lambda session: replenishment.transfer(session, asked))
    return done(_("Carried to %(place)s") % {"place": name}, count=moved.things, count_label=_("items")), {}


def _carried(state: State) -> dict[str, Any]:
    codes = [str(code) for code in state.get("items") or []]
    return {"carried": read(lambda session: totes.as_things(session, totes.filled(session, codes))) if codes else []}


@bp.get("/refill/trouble")
def refill_trouble() -> str | Response:
    """What is on its way and no ward will sign for: missing, held, expired; and the lists to print anew."""
    listing = _trouble()
    if file := exported(listing, title=_("On the way, to look after")):
        return file
    return _troubled(None, listing)


@bp.post("/refill/trouble")
def refill_trouble_scan() -> str | Response:
    """A thing that came back from a tote is scanned: it is in the store again, held where it must not be used."""
    verdict, state = _answered(_bring_back)
    if request.is_json:
        return answer("refill_trouble.html", verdict, state=state, parts=())
    return _troubled(verdict, _trouble())


def _bring_back(said: Said, state: State) -> tuple[Verdict, State]:
    scan = said.scan
    if scan is None:
        return nothing_scanned(), state
    store = read(lambda session: _store(session, state))
    asked = replenishment.ToBringBack(occasion=said.occasion, items=[scan], to=store.code)
    codes = write(said.occasion, lambda session: replenishment.bring_back(session, asked))
    goods = read(lambda session: totes.filled(session, codes))
    things = read(lambda session: totes.as_things(session, goods))
    name, where = named(things[0].name, things[0].name_en), named(store.name, store.name_en)
    if any(one.item.state == "held" for one in goods):
        return done(_("On hold at %(place)s: to quarantine") % {"place": where}, name), state
    return done(_("Free again at %(place)s") % {"place": where}, name), state


def _store(session: Session, state: State) -> Location:
    wanted = state.get("store")
    return get_location(session, str(wanted)) if wanted else places.stores(session)[0]


def _troubled(verdict: Verdict | None, listing: Listing) -> str:
    def ask(session: Session) -> str:
        return render_template(
            "refill_trouble.html",
            verdict=verdict,
            state={},
            tabs=tabs(),
            list=table(session, listing),
            title=_("On the way, to look after"),
            reprints=replenishment.to_reprint(session),
            may_bring=bool(person().roles & {Role.STOREKEEPER, Role.PORTER}),
            **forms({}),
        )

    return read(ask)


def _trouble() -> Listing:
    words = {"held": _("on hold"), "expired": _("expired"), "missing": _("missing")}
    rows = read(lambda session: replenishment.in_trouble(session, on=today(), at=clock.now()))
    return Listing(
        name="on-the-way",
        base=[_Lost(one) for one in rows],
        columns=(
            Column("why", _("Why"), kind="pill", show=words, colour={"missing": "caution"}.get),
            Column("dispatch", _("Tote"), kind="code"),
            Column("place", _("For")),
            Column("item", _("Pack"), kind="code"),
            Column("product", _("Product")),
            Column("lot", _("Lot"), kind="code"),
            Column("expires_on", _("Expires"), kind="day"),
            Column("quantity", _("Quantity"), kind="quantity", unit=lambda row: row.base_unit),
            Column("since", _("Reported"), kind="instant"),
        ),
        filters=(
            Words("q", _("Search"), text=lambda row: f"{row.dispatch} {row.place} {row.item} {row.product} {row.lot}"),
            Choice("why", _("Why"), list(words.items()), of=lambda row: row.why),
        ),
        order="dispatch",
    )


class _Lost:
    """One thing on its way as the list shows it."""

    def __init__(self, one: replenishment.Troubled) -> None:
        self.why, self.dispatch, self.item, self.lot = one.why, one.dispatch, one.item, one.lot
        self.place, self.product = named(one.to_name, one.to_name_en), named(one.name, one.name_en)
        self.expires_on, self.quantity, self.base_unit, self.since = (
            one.expires_on, one.quantity, one.base_unit, one.since,
        )  # fmt: skip
