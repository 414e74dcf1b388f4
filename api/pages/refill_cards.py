"""This file is the card of an empty bin as any page takes it: scanned anywhere, its product is on the list once."""

from __future__ import annotations

from api.here import write
from api.i18n import gettext as _
from api.pages.scanned import Said, named
from api.pages.verdicts import Verdict, done
from spd import replenishment


def scan(said: Said, code: str) -> Verdict:
    """The bin on the refill list; scanned again before it is filled, nothing is counted twice."""
    when = said.occasion
    asked = write(when, lambda session: replenishment.scan_card(session, when, code))
    place, product = named(asked.location_name, asked.location_name_en), named(asked.name, asked.name_en)
    if asked.repeated or not asked.added:
        title = _("On the refill list already")
        return {"class": "repeat", "code": "E03", "title": title, "what": f"{product} · {place}"}
    packs = f"{asked.packs} × {asked.pack_quantity}"
    return done(_("On the refill list"), f"{product} · {place}", note=f"{product} · {packs}")
