"""This file is the frame of every page: its navigation by role, and the strip of who and where."""

from __future__ import annotations

from typing import Any

from flask import Flask, g, request, url_for
from sqlalchemy import select

from api import access, reading
from api.access import may_open
from api.here import database
from api.i18n import gettext as _
from api.i18n import money, short
from api.pages import label_files
from api.pages.scanned import named
from spd.core.money import to_cent
from spd.core.transaction import glance
from spd.places import Department, Location
from spd.staff import Person, Role

SECTIONS = (
    "home", "receive", "pack", "refill", "deliver", "bedside", "emergency", "reentry", "patients", "loose",
    "theatre", "stock", "fixed", "count", "orders", "donations", "products", "licences", "recalls", "safety", "days",
    "trace", "finance", "closing", "supplier", "stays", "devices", "hospital",
)  # fmt: skip


def section_name(section: str) -> str:
    """What a section is called."""
    return {
        "home": _("Home"),
        "receive": _("Receive"),
        "pack": _("Make packs"),
        "refill": _("Refill"),
        "deliver": _("Deliver and sign"),
        "bedside": _("Bedside"),
        "emergency": _("Emergency"),
        "reentry": _("From paper"),
        "patients": _("Patients"),
        "loose": _("Open packs"),
        "theatre": _("Theatre"),
        "stock": _("Stock"),
        "fixed": _("Fixed quantities"),
        "count": _("Stocktake"),
        "orders": _("Orders"),
        "products": _("Products"),
        "licences": _("Licences"),
        "recalls": _("Recalls"),
        "safety": _("Safety"),
        "donations": _("Gifts"),
        "days": _("Daily closing"),
        "trace": _("Trace"),
        "finance": _("Cost"),
        "closing": _("Closing of months"),
        "supplier": _("For suppliers"),
        "stays": _("Events of stays"),
        "devices": _("Devices"),
        "hospital": _("Hospital"),
    }[section]


def role_name(role: Role) -> str:
    """What a role is called."""
    return {
        Role.NURSE: _("nurse"),
        Role.HEAD_NURSE: _("head nurse"),
        Role.STOREKEEPER: _("storekeeper"),
        Role.PORTER: _("porter"),
        Role.BUYER: _("buyer"),
        Role.FINANCE: _("finance"),
        Role.QUALITY: _("quality"),
        Role.AUDITOR: _("auditor"),
        Role.SYSTEM_ADMIN: _("system administrator"),
        Role.SECURITY_ADMIN: _("security administrator"),
        Role.SUPPLIER: _("supplier"),
        Role.INTEGRATION: _("interface"),
    }[role]


def nav(person: Person) -> list[dict[str, Any]]:
    """The sections this person may open."""
    here = (request.endpoint or "").removeprefix("pages.").split("_")[0]
    return [
        {"section": name, "text": section_name(name), "href": url_for(f"pages.{name}"), "current": here == name}
        for name in SECTIONS
        if f"pages.{name}" in access.TABLE and may_open(f"pages.{name}", person)
    ]


def strip(person: Person) -> dict[str, Any]:
    """Who, and where: their department, or nothing where they act everywhere."""
    roles = ", ".join(role_name(role) for role in sorted(person.roles))
    return {"user": f"{person.name} · {roles}", "location": department_name(person), "patient": "", "online": True}


def department_name(person: Person) -> str:
    """The departments a person acts for; empty for everywhere."""
    mine = person.departments()
    if not mine:
        return ""
    query = select(Department.name, Department.name_en).where(Department.id.in_(mine)).order_by(Department.code)
    with glance(database()) as session:
        return ", ".join(named(*row) for row in session.execute(query.limit(3)))


def place_name(name: str, code: str) -> str:
    """The name of a place or department in the language of this request, by its code; as it is where there is none."""
    if short() == "zh":
        return name
    if "english" not in g:
        with glance(database()) as session:
            places = session.execute(select(Location.code, Location.name_en)).all()
            departments = session.execute(select(Department.code, Department.name_en)).all()
        g.english = dict([*places, *departments])
    return g.english.get(code) or name


def places_named(text: str) -> str:
    """Names of places joined by commas, as a count's title has them, in the language of this request; else as it is."""
    if short() == "zh":
        return text
    if "english_names" not in g:
        with glance(database()) as session:
            rows = session.execute(select(Location.name, Location.name_en).where(Location.name_en != "")).all()
        g.english_names = dict(rows)
    more = " …" if text.endswith(" …") else ""
    return ", ".join(g.english_names.get(one, one) for one in text.removesuffix(" …").split(", ")) + more


def install(app: Flask) -> None:
    """Give every page its frame."""
    app.jinja_env.filters["named"] = lambda thing: named(thing.name, thing.name_en)
    app.jinja_env.filters["place"] = place_name
    app.jinja_env.filters["count_title"] = places_named
    app.jinja_env.filters["cents"] = lambda amount: money(to_cent(amount))  # for figures that stand alone

    @app.context_processor
    def names() -> dict[str, Any]:
        person = g.get("person")
        if person is None or request.path.startswith("/api/"):
            return {}
        if "frame" not in g:  # an answer may be drawn in several parts
            g.frame = {
                "nav": nav(person), "strip": strip(person), "home_url": url_for("pages.home"),
                "scanner_here": reading.of_request, "printed_before": label_files.printed_before,
                "print_reasons": label_files.reasons, "may_test": may_open("pages.card_reading", person),
            }  # fmt: skip
        return dict(g.frame)
