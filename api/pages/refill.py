"""This file is the refill list: what places need and why, the waves made of it, and what they were not given."""

from __future__ import annotations

from typing import Any

from flask import redirect, request, url_for
from marshmallow import Schema, fields
from sqlalchemy import ColumnElement, case, func, literal, or_, select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from api import access, budget, viewing
from api.access import may_open
from api.fields import Text
from api.here import person, read, settings, write
from api.i18n import gettext as _
from api.i18n import short
from api.pages import bp, office, places
from api.pages.listing import Choice, Column, DayFrom, Listing, Words, anywhere, listed
from spd import policies, replenishment
from spd.core import clock
from spd.places import Location
from spd.replenishment import rounds
from spd.replenishment.models import Shortage, Wave
from spd.replenishment.needs import statement
from spd.replenishment.shortages import shortages_statement

TABS = (
    "refill",
    "refill_waves",
    "refill_totes",
    "refill_shortages",
    "refill_trouble",
    "refill_exchange",
    "refill_carry",
)


class WaveForm(Schema):
    """A store to pick in, and the places to pick for; all, where none is named."""

    store = Text(required=True)
    locations = fields.List(Text(), load_default=list)


def tabs() -> list[dict[str, Any]]:
    """The pages of refill that this person may open."""
    words = {
        "refill": _("Refill list"),
        "refill_waves": _("Waves"),
        "refill_totes": _("Totes"),
        "refill_shortages": _("Shortages"),
        "refill_trouble": _("On the way, to look after"),
        "refill_exchange": _("Near expiry"),
        "refill_carry": _("Carry and return"),
    }
    tab = {name: {"text": words[name], "href": url_for(f"pages.{name}")} for name in TABS}
    if may_open("pages.refill_ward", person()):
        tab = {"refill_ward": {"text": _("My ward"), "href": url_for("pages.refill_ward")}} | tab
    here = (request.endpoint or "").removeprefix("pages.").removesuffix("_scan")
    return [
        one | {"current": name == here} for name, one in tab.items() if may_open(f"pages.{name}", person())
    ]  # fmt: skip


def today() -> Any:
    """The hospital's day."""
    return clock.day_of(clock.now(), settings().zone)


def own_places(location_id: Any) -> ColumnElement[bool]:
    """Whether a place is one that this request may see."""
    mine = access.departments()
    if mine is None:
        return location_id.is_not(None)  # type: ignore[no-any-return]
    return location_id.in_(select(Location.id).where(Location.department_id.in_(mine)))  # type: ignore[no-any-return]


@bp.get("/refill")
def refill() -> str | Response:
    """What places need, each product once. Those who pick make a wave of it."""
    fill = read(lambda session: policies.get(session, "refill.fill"))
    listing = _needs(fill)
    stores = read(places.stores) if may_open("pages.refill_wave_make", person()) else []
    return listed(
        listing,
        title=_("Refill list"),
        template="refill.html",
        sub=_("Once per place and product, whatever asked for it."),
        tabs=tabs(),
        empty=_("No place needs anything"),
        hint=_("A pack used, a bin card scanned or a request puts a product here."),
        stores=stores,
        stopped=read(budget.stopped) if stores else {},
        chosen=request.args.get("location", ""),
        key=office.blank().key,
    )


def _needs(fill: str) -> Listing:
    rows = statement(on=today(), at=clock.now(), fill=fill).subquery("needs")
    c = rows.c
    english = short() == "en"
    place = c.location_name_en if english else c.location_name
    options = [(code, name) for code, name in read(_places_in_need)]
    return Listing(
        name="refill",
        base=select(c.location_id, c.low, c.by_card, c.by_hand, c.short, c.reason, c.base_unit).where(
            own_places(c.location_id)
        ),
        columns=(
            Column("place", _("Place"), _or_other(place, c.location_name)),
            Column("product_code", _("Code"), c.product_code, kind="code"),
            Column("product", _("Product"), _or_other(c.name_en if english else c.name, c.name)),
            Column("specification", _("Specification"), c.specification),
            Column("has", _("There"), c.has, kind="quantity"),
            Column("coming", _("Coming"), c.coming, kind="quantity"),
            Column("lower", _("Lower"), c.lower, kind="quantity"),
            Column("upper", _("Upper"), c.upper, kind="quantity"),
            Column("need", _("Packs needed"), c.need, kind="quantity", total=True),
            Column("pack_quantity", _("In one pack"), c.pack_quantity, kind="quantity", unit=lambda row: row.base_unit),
            Column("why", _("Why"), _why_code(c), show=_why_words, sortable=False),
        ),
        filters=(
            Words("q", _("Search"), lambda words: _matching(c, words)),
            Choice("location", _("Place"), options, lambda value: c.location_code == value),
            Choice("why", _("Why"), _why_options(), lambda value: getattr(c, value)),
        ),
        order="place",
        tie=c.product_code,
    )


def _why_options() -> list[tuple[str, str]]:
    return [
        ("low", _("at the lower limit")),
        ("by_card", _("empty bin")),
        ("by_hand", _("asked for")),
        ("short", _("came short before")),
    ]


def _why_code(c: Any) -> Any:
    """The reasons as letters and the words behind them, so that the list and its file say them."""
    joined: Any = literal("")
    for name, letter in (("low", "l"), ("by_card", "c"), ("by_hand", "h"), ("short", "s")):
        joined = joined.concat(case((c[name], letter), else_=""))
    return joined.concat(literal(":")).concat(c.reason)


def _why_words(value: str) -> str:
    letters, _sep, reason = value.partition(":")
    words = dict(zip("lchs", (words for _name, words in _why_options()), strict=True))
    told = " · ".join(words[letter] for letter in letters)
    return f"{told}: {reason}" if reason else told


def _or_other(name: Any, other: Any) -> Any:
    return func.coalesce(func.nullif(name, ""), other)


def _matching(c: Any, words: str) -> ColumnElement[bool]:
    columns = (c.name, c.name_en, c.product_code, c.specification, c.location_name, c.location_name_en)
    return or_(*(column.icontains(words, autoescape=True) for column in columns))


def _places_in_need(session: Any) -> list[tuple[str, str]]:
    """The wards to choose from."""
    mine = own_places(Location.id)
    query = select(Location.code, Location.name, Location.name_en).where(mine, Location.kind.in_(("ward", "theatre")))
    rows = session.execute(query.order_by(Location.code))
    return [(row.code, (row.name_en if short() == "en" else row.name) or row.name) for row in rows]


@bp.post("/refill/waves")
def refill_wave_make() -> str | Response:
    """A wave of what places need."""
    form = office.filled(WaveForm)
    if form.sent:
        with form.attempt():
            wanted = [code for code in form.said["locations"] if code]

            def make(session: Session) -> str:
                asked = replenishment.ToMakeWave(
                    occasion=form.occasion, store=form.said["store"], locations=wanted,
                    stopped=budget.stopped(session),
                )  # fmt: skip
                return replenishment.make_wave(session, asked).code

            made = write(form.occasion, make)
            return redirect(url_for("pages.refill_wave", code=made))
    office.tell("; ".join(form.summary.values()), "caution")
    return redirect(url_for("pages.refill"))


@bp.get("/refill/waves")
def refill_waves() -> str | Response:
    """The rounds of picking, the newest first."""
    rows = rounds.waves_statement().subquery("shown")
    c = rows.c
    name = _or_other(c.store_name_en if short() == "en" else c.store_name, c.store_name)
    states = {"open": _("under way"), "finished": _("finished")}
    state = case((c.finished_at.is_(None), "open"), else_="finished")
    listing = Listing(
        name="waves",
        base=select(Wave.id.label("number")).join(rows, c.code == Wave.code),
        columns=(
            Column(
                "code", _("Wave"), c.code, kind="code", href=lambda row: url_for("pages.refill_wave", code=row.code)
            ),
            Column("made_at", _("Made"), c.made_at, kind="instant"),
            Column("store", _("Store"), name),
            Column("state", _("State"), state, kind="pill", show=states, colour={"open": "info", "finished": "ok"}.get),
            Column("places", _("Places"), c.places, kind="quantity"),
            Column("packs", _("Packs"), c.packs, kind="quantity"),
            Column("picked", _("Picked"), c.picked, kind="quantity"),
            Column("left", _("Left"), c.left, kind="quantity"),
            Column("short", _("Short"), c.short, kind="quantity"),
        ),
        filters=(
            Words("q", _("Search"), anywhere(c.code, c.store_name, c.store_name_en)),
            Choice("state", _("State"), list(states.items()), lambda value: state == value),
            DayFrom("since", _("Since"), lambda day: c.made_at >= viewing.morning(day)),
        ),
        order="-made_at",
        tie=Wave.id.desc(),
    )  # fmt: skip
    actions = [{"text": _("Command cards"), "href": url_for("pages.cards"), "icon": "print"}]
    return listed(listing, title=_("Waves"), tabs=tabs(), actions=actions, empty=_("No wave yet"))


@bp.get("/refill/shortages")
def refill_shortages() -> str | Response:
    """What waves could not bring, until the ward has signed for a later delivery of it."""
    rows = shortages_statement().add_columns(Shortage.id.label("number"), Shortage.location_id).subquery("shown")
    c = rows.c
    english = short() == "en"
    states, colours = {"open": _("still short"), "closed": _("closed")}, {"open": "caution", "closed": "ok"}
    state = case((c.closed_at.is_(None), "open"), else_="closed")
    listing = Listing(
        name="shortages",
        base=select(c.number, c.base_unit).where(own_places(c.location_id)),
        columns=(
            Column("arisen_at", _("Since"), c.arisen_at, kind="instant"),
            Column("place", _("Place"), _or_other(c.location_name_en if english else c.location_name, c.location_name)),
            Column("product_code", _("Code"), c.product_code, kind="code"),
            Column("product", _("Product"), _or_other(c.name_en if english else c.name, c.name)),
            Column("packs", _("Packs short"), c.packs, kind="quantity"),
            Column("delivered", _("Delivered since"), c.delivered, kind="quantity", unit=lambda row: row.base_unit),
            Column("state", _("State"), state, kind="pill", show=states, colour=colours.get),
            Column("closed_at", _("Closed"), c.closed_at, kind="instant"),
        ),
        filters=(
            Words("q", _("Search"), lambda words: or_(
                c.name.icontains(words, autoescape=True), c.name_en.icontains(words, autoescape=True),
                c.product_code.icontains(words, autoescape=True), c.location_name.icontains(words, autoescape=True),
            )),
            Choice("state", _("State"), list(states.items()), lambda value: state == value),
        ),
        order="-arisen_at",
        tie=c.number.desc(),
    )  # fmt: skip
    return listed(
        listing,
        title=_("Shortages"),
        sub=_("Closed only when the ward has signed for a later delivery."),
        tabs=tabs(),
        empty=_("Nothing is short"),
    )
