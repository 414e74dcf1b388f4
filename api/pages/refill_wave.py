"""This file is one wave: its lines and totes, sealed and finished here; its lists and labels to print."""

from __future__ import annotations

from typing import Any

from flask import redirect, render_template, url_for
from marshmallow import Schema
from sqlalchemy import case, select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from api import access
from api.fields import Text
from api.here import moment, person, read, settings, write
from api.i18n import gettext as _
from api.i18n import ngettext
from api.pages import bp, label_files, office
from api.pages.listing import Choice, Column, Listing, Words, anywhere, exported, table
from api.pages.refill import today
from api.pages.scanned import named, named_column
from api.pages.stock_columns import Names
from api.pages.totes import tote_list
from scanners import labels
from spd import replenishment
from spd.core import clock
from spd.core.errors import NotAllowed
from spd.places import Location
from spd.replenishment import Wave, get_tote, get_wave, rounds, shortages, turns
from spd.replenishment.tote_rows import signed_lines


class SealForm(Schema):
    """The number of the seal, where numbered ones are used."""

    seal = Text(longest=80)


class NoForm(Schema):
    """A button that says all there is to say."""


@bp.get("/refill/waves/<code>")
def refill_wave(code: str) -> str | Response:
    """A wave: what it brings where, what must be packed first, its totes."""
    return exported(read(lambda session: _lines(session, code)), title=code) or _page(code)


def _lines(session: Session, code: str) -> Listing:
    wave = get_wave(session, code)
    c = rounds.lines_statement(wave).subquery("lines").c
    product, place = Names(c.name, c.name_en), Names(c.location_name, c.location_name_en)
    places = {one.location_code: named(one.location_name, one.location_name_en) for one in rounds.totes(session, wave)}
    states = {"short": _("not found"), "to_make": _("to be packed"), "left": _("to be picked"), "picked": _("picked")}
    state = case(
        (c.short > 0, "short"), (c.to_make > 0, "to_make"), (c.picked < c.packs, "left"), else_="picked"
    )  # fmt: skip
    return Listing(
        name=f"wave-{code}",
        base=select(c.base_unit, c.location_code),
        columns=(
            Column("place", _("Place"), named_column(place)),
            Column("product_code", _("Code"), c.product_code, kind="code"),
            Column("product", _("Product"), named_column(product)),
            Column("specification", _("Specification"), c.specification),
            Column("pack_quantity", _("In one pack"), c.pack_quantity, kind="quantity", unit=lambda row: row.base_unit),
            Column("packs", _("Packs"), c.packs, kind="quantity", total=True),
            Column("picked", _("Picked"), c.picked, kind="quantity", total=True),
            Column("to_make", _("To be packed"), c.to_make, kind="quantity", total=True),
            Column("short", _("Not found"), c.short, kind="quantity", total=True),
        ),
        filters=(
            Words("q", _("Search"), anywhere(c.product_code, c.name, c.name_en, c.specification)),
            Choice("location", _("Place"), sorted(places.items()), lambda value: c.location_code == value),
            Choice("state", _("State"), list(states.items()), lambda value: state == value),
        ),
        order="place",
        tie=c.product_code,
    )


def _page(code: str, template: str = "refill_wave.html") -> str:
    def ask(session: Session) -> str:
        wave = get_wave(session, code)
        return render_template(
            template,
            wave=rounds.figures(session, wave),
            list=table(session, _lines(session, code)) if template == "refill_wave.html" else None,
            title=_("Lines of the wave"),
            totes=rounds.totes(session, wave),
            to_pack=replenishment.work_orders(session, wave, on=today(), at=clock.now()),
            shortages=shortages.short_in(session, wave),
            picks=turns.all_picks(session, wave) if template == "refill_list.html" else [],
            makes_packs=bool(person().roles & access.TABLE["pages.pack"].roles),
            key=office.blank().key,
        )

    return read(ask)


@bp.get("/refill/waves/<code>/list")
def refill_list(code: str) -> str:
    """The pick list on paper, in the order of the way through the store."""
    return _page(code, "refill_list.html")


@bp.post("/refill/waves/<code>/finish")
def refill_wave_finish(code: str) -> Response:
    """The wave is over; what was not picked is a shortage."""
    form = office.filled(NoForm)
    with form.attempt():
        short = write(
            form.occasion,
            lambda session: len(replenishment.finish(session, form.occasion, get_wave(session, code))),
        )
        office.tell(finished_words(short), "caution" if short else "ok")
    if form.refusal:
        office.tell(form.refusal, "caution")
    return redirect(url_for("pages.refill_wave", code=code))


def finished_words(short: int) -> str:
    """What is said when a wave is over."""
    if not short:
        return _("The wave is finished; nothing came short.")
    return ngettext(
        "The wave is finished; 1 line came short.", "The wave is finished; %(num)s lines came short.", short
    ) % {"num": short}


@bp.post("/refill/totes/<code>/seal")
def refill_tote_seal(code: str) -> Response:
    """A tote is closed and on its way."""
    form = office.filled(SealForm)
    wave = read(lambda session: _wave_of(session, code))
    if form.sent:
        with form.attempt():
            asked = replenishment.ToSeal(occasion=form.occasion, tote=code, seal=form.said.get("seal", ""))
            sent = write(form.occasion, lambda session: replenishment.seal(session, asked))
            office.tell(
                ngettext(
                    "Tote %(code)s is on its way with 1 pack.",
                    "Tote %(code)s is on its way with %(num)s packs.",
                    len(sent.items),
                )
                % {"code": code, "num": len(sent.items)}
            )
    if form.summary:
        office.tell("; ".join(form.summary.values()), "caution")
    return redirect(url_for("pages.refill_wave", code=wave))


def _wave_of(session: Session, tote: str) -> str:
    return session.get_one(Wave, get_tote(session, tote).wave_id).code


@bp.get("/refill/totes/<code>")
def refill_tote(code: str) -> str:
    """The list of a tote, to go with it on paper; what is held in it is marked, and goes to quarantine."""
    shown = read(lambda session: tote_list(session, code, moment()))
    mine = access.departments()
    if mine is not None and shown.to.department_id not in mine:
        raise NotAllowed()
    signed = read(lambda session: signed_lines(session, shown.code))
    return render_template("refill_tote.html", tote=shown, signed=signed)


@bp.post("/refill/waves/<code>/labels")
def refill_labels(code: str) -> Response:
    """The wave's own label and one for each tote that is not sealed, printed and counted."""

    def ask(session: Session) -> list[labels.Label]:
        wave = get_wave(session, code)
        store = session.get_one(Location, wave.from_location_id)
        made = wave.made_at.astimezone(settings().zone).strftime("%Y-%m-%d %H:%M")
        first = labels.Label(
            code=wave.code, title_zh="拣货波次", title_en="Wave", name=store.name, name_en=store.name_en, notes=(made,)
        )
        return [first, *(_tote_label(one, made) for one in rounds.totes(session, wave) if one.sealed_at is None)]

    return label_files.printed(ask)


def _tote_label(tote: Any, made: str) -> labels.Label:
    return labels.Label(
        code=tote.code,
        title_zh="补货箱",
        title_en="Refill tote",
        name=tote.location_name,
        name_en=tote.location_name_en,
        notes=(tote.location_code, made),
    )
