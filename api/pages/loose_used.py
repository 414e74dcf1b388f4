"""This file is a pack that the ward uses loose, at the bedside: without a patient its scan opens it, nothing more."""

from __future__ import annotations

from flask import url_for

from api import access, intercepted
from api.here import read
from api.i18n import gettext as _
from api.pages.scanned import Said, named
from api.pages.verdicts import Verdict, done, refused
from scanners import Scan
from spd import consumption, policies
from spd.core.errors import Refusal
from spd.ledger import ItemKind, ItemStateName
from spd.stock import Goods


def is_loose(goods: Goods) -> bool:
    """Whether the ward whose stock it is draws it piece by piece."""
    if goods.item.kind != ItemKind.PACK:
        return False
    return read(lambda session: policies.mode_of(session, goods.item.product_id, goods.department_id)).loose


def is_sealed(goods: Goods) -> bool:
    """Whether it is still closed, and may be opened."""
    return goods.item.state == ItemStateName.AVAILABLE


def open_pack(said: Said, scan: Scan, goods: Goods) -> Verdict:
    """The pack open: nothing is charged yet. Undone in one tap until something is drawn."""
    name = named(goods.name, goods.name_en)
    asked = consumption.OpeningAsked(
        occasion=said.occasion, item=scan, raw_scan=scan.raw.encode("utf-8", "surrogateescape"),
        departments=access.departments(),
    )  # fmt: skip
    try:
        told = intercepted.open_pack(asked)
    except Refusal as error:
        return refused(error, name)
    left = f"{told.quantity} {told.base_unit}"
    until = told.good_until_on or goods.expires_on
    what = _("Opened: %(left)s to draw from.") % {"left": left}
    if until is not None:
        what += " " + _("Use until %(day)s.") % {"day": until.isoformat()}
    undo = url_for("pages.bedside_undo", movement=told.movement_id)
    note = f"{_('Opened')} · {left} · {_('Lot')} {goods.lot}"
    return done(name, what, cautions=told.cautions, undo=undo) | {"note": note}
