"""This file is the picture of a life: the hops of one code as nodes with an icon, a place and what there is to say."""

from __future__ import annotations

from typing import Any

from api.i18n import gettext as _
from api.i18n import instant, money, quantity
from api.pages.frame import place_name
from api.pages.scanned import named
from spd.ledger import MovementKind
from spd.tracing import Chain, Hop

_ICONS = {
    "receive": "receive",
    "pack": "pack",
    "unpack": "pack",
    "transfer": "place",
    "reserve": "hold",
    "pick": "stock",
    "dispatch": "deliver",
    "deliver": "place",
    "open": "item",
    "consume": "use",
    "return": "return",
    "adjust": "count",
    "write_off": "close",
    "hold": "hold",
    "release": "check",
    "title": "title",
    "reverse": "undo",
}


def names() -> dict[str, dict[str, str]]:
    """Words for kinds of movement, kinds of item, states and settlement modes."""
    return {
        "kind": {
            MovementKind.RECEIVE: _("received"),
            MovementKind.PACK: _("packed"),
            MovementKind.TRANSFER: _("moved"),
            MovementKind.DISPATCH: _("sent"),
            MovementKind.DELIVER: _("signed for"),
            MovementKind.CONSUME: _("used"),
            MovementKind.REVERSE: _("use undone"),
            "unpack": _("unpacked"),
            "reserve": _("reserved"),
            "pick": _("picked"),
            "open": _("opened"),
            "return": _("returned"),
            "adjust": _("adjusted"),
            "write_off": _("written off"),
            "hold": _("put on hold"),
            "release": _("released"),
            "title": _("title passed"),
        },
        "item": {"unit": _("unit"), "pack": _("pack"), "bulk": _("bulk"), "kit": _("kit")},
        "state": {
            "available": _("available"),
            "reserved": _("reserved"),
            "in_transit": _("on its way"),
            "held": _("on hold"),
            "open": _("open"),
            "consumed": _("Used"),
            "returned": _("returned"),
            "written_off": _("written off"),
            "spent": _("all packed"),
        },
        "mode": {
            "on_receipt": _("on receipt"),
            "on_issue": _("on issue to the ward"),
            "on_use": _("on use (consigned)"),
            "loaner": _("on loan"),
        },
    }


def nodes(chain: Chain) -> list[dict[str, Any]]:
    """The chain as the picture draws it: the supplier, then each hop; the last is where it is."""
    first = {"icon": "supplier", "kind": _("supplier"), "place": named(chain.supplier, chain.supplier_en), "meta": []}
    drawn = [first, *(_node(chain, hop) for hop in _joined(chain))]
    if drawn[-1].get("state") is None and chain.state in ("available", "open", "in_transit", "held", "reserved"):
        drawn[-1]["state"] = "held" if chain.state == "held" else "here"
    return drawn


def _joined(chain: Chain) -> list[Hop]:
    """The hops of the picture: of a bulk's parts only this item's own, so that the picture stays one line."""
    hops = [hop for hop in chain.hops if hop.item == chain.code]
    before = [hop for hop in chain.hops if hop.item != chain.code and hop.kind != MovementKind.PACK]
    own_packs = [hop for hop in hops if hop.kind == MovementKind.PACK]
    if chain.kind == "bulk" and len(own_packs) > 3:
        hops = [hop for hop in hops if hop not in own_packs[1:]]
    return [*before, *hops]


def _node(chain: Chain, hop: Hop) -> dict[str, Any]:
    used = hop.kind in (MovementKind.CONSUME, MovementKind.REVERSE)
    origin, place = place_name(hop.from_name, hop.from_code), place_name(hop.to_name, hop.to_code)
    if hop.kind == MovementKind.CONSUME:
        place = hop.patient_name or origin
    elif hop.kind == MovementKind.PACK and hop.item == chain.code and chain.kind == "bulk":
        place = origin
    meta = [instant(hop.occurred_at), hop.staff]
    if hop.quantity != 1:
        meta.insert(0, f"{quantity(hop.quantity)} {chain.base_unit}")
    if used and hop.cost:
        meta.append(money(hop.cost))
    if hop.from_owner != hop.to_owner:
        title = _("title")
        meta.append(f"{title}: {hop.from_owner} → {hop.to_owner}")
    node = {
        "icon": _ICONS.get(hop.kind, "item"),
        "kind": names()["kind"].get(hop.kind, hop.kind),
        "place": place,
        "meta": meta,
        "split": hop.kind == MovementKind.PACK and chain.kind == "pack",
    }
    if hop.kind == MovementKind.CONSUME:
        node["state"] = "used"
    elif hop.from_owner != hop.to_owner:
        node["state"] = "title"
    return node
