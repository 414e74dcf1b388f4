"""This file is one movement of a supplier's goods on the supplier's pages: what came, was used, undone, owed of it."""

from __future__ import annotations

from flask import url_for
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response

from api.here import read
from api.i18n import gettext as _
from api.i18n import until
from api.pages import bp
from api.pages.listing import Column, Listing, listed
from api.pages.scanned import named
from api.pages.supplier import crumbs, mine
from spd.ledger import MovementKind
from spd.settlement import Told, told_of


def _names() -> dict[str, str]:
    return {
        MovementKind.RECEIVE: _("received"),
        MovementKind.CONSUME: _("used"),
        MovementKind.REVERSE: _("use undone"),
        MovementKind.RETURN: _("returned to you"),
        MovementKind.TITLE: _("signed for by a ward"),
        MovementKind.WRITE_OFF: _("lost or spoilt"),
        MovementKind.ADJUST: _("counted"),
    }


@bp.get("/supplier/movements/<int:movement>")
def supplier_movement(movement: int) -> str | Response:
    """A movement in the life of its thing, as far as it is its supplier's matter: no place, stay or person."""
    life = read(lambda session: told_of(session, mine(), movement))
    if life is None:
        raise NotFound
    thing = life.thing
    listing = Listing(
        name=f"movement_{movement}",
        base=life.lines,
        columns=(
            Column("movement", _("Movement"), kind="code"),
            Column("day_on", _("Day"), kind="day"),
            Column("kind", _("What"), show=_names()),
            Column("note", _("Delivery note"), kind="code", href=_note),
            Column("quantity", _("Quantity"), kind="quantity", unit=lambda _row: thing.base_unit),
            Column("owed", _("Became owed"), kind="money", total=True),
            Column("statement", _("Statement"), kind="code", href=_statement),
        ),
    )
    title = _("Movement %(number)s") % {"number": movement}
    facts = [
        named(thing.name, thing.name_en), thing.specification, f"{_('Lot')} {thing.lot}",
        f"{_('Serial')} {thing.serial}" if thing.serial else f"{_('Item')} {thing.item}",
        f"{_('Expires')} {until(thing)}",
    ]  # fmt: skip
    return listed(
        listing, title=title, sub=" · ".join(fact for fact in facts if fact),
        crumbs=crumbs(title, supplier_statements=_("Your statements")),
    )  # fmt: skip


def _note(row: Told) -> str | None:
    return url_for("pages.supplier_note", code=row.note) if row.note else None


def _statement(row: Told) -> str | None:
    return url_for("pages.supplier_statement", code=row.statement) if row.statement else None
