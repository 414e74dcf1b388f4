"""This file is who may do what: one table of endpoint × role × scope. What is not in it does not exist."""

from __future__ import annotations

from flask import Flask, abort, current_app, g, redirect, request, url_for
from werkzeug.exceptions import MethodNotAllowed, NotFound
from werkzeug.routing import RequestRedirect
from werkzeug.wrappers import Response

from api import (
    allowed_interface,
    allowed_office,
    allowed_pages,
    allowed_people,
    allowed_suppliers,
    allowed_theatre,
    enrolled,
)
from api.allowing import OPEN, Access, R, Scope
from api.here import person
from spd.core.errors import NotAllowed
from spd.staff import Person

TABLE: dict[str, Access] = {
    "static": OPEN,
    "health.healthz": OPEN,
    "health.readyz": OPEN,
    "api-docs.openapi_json": OPEN,
    "documentation.page": OPEN,
    "documentation.asset": OPEN,
    **allowed_pages.ROWS,
    **allowed_theatre.ROWS,
    **allowed_suppliers.ROWS,
    **allowed_interface.ROWS,
    **allowed_office.ROWS,
    **allowed_people.ROWS,
}


def install(app: Flask) -> None:
    """Hold every request against the table, and every link that a page draws."""
    app.before_request(refuse_unallowed)
    app.jinja_env.filters["opened"] = opened


def refuse_unallowed() -> Response | None:
    """Let through who may; anonymous people are sent to the login page, programs get 401, others 403."""
    if request.endpoint is None:
        return None
    access = TABLE[request.endpoint]
    if access.scope is Scope.OPEN:
        return None
    if g.person is None:
        if request.path.startswith("/api/") or request.method != "GET":
            abort(401)
        return redirect(url_for(enrolled.entry(), next=request.full_path.rstrip("?")))
    if access.scope is not Scope.ANYONE and not (g.person.roles & access.roles):
        raise NotAllowed()
    return None


def may_open(endpoint: str, who: Person) -> bool:
    """Whether the table lets this person in."""
    row = TABLE[endpoint]
    return row.scope in (Scope.OPEN, Scope.ANYONE) or bool(who.roles & row.roles)


def opened(address: str | None) -> str | None:
    """The address, unless it is of a page that is closed to whoever asks: then nothing leads there."""
    who: Person | None = g.get("person")
    if not address or not address.startswith("/") or who is None:
        return address
    try:
        endpoint = current_app.url_map.bind("localhost").match(address.partition("?")[0].partition("#")[0])[0]
    except (NotFound, MethodNotAllowed, RequestRedirect):
        return address
    return address if may_open(endpoint, who) else None


def departments() -> frozenset[int] | None:
    """The departments this request may see and act for; None is all of them."""
    access = TABLE[request.endpoint or ""]
    if access.scope is not Scope.OWN_DEPARTMENT:
        return None
    return person().departments(*access.roles)


def suppliers() -> frozenset[int] | None:
    """The suppliers this request may see and speak for; None is all of them: somebody of the hospital asks."""
    roles = TABLE[request.endpoint or ""].roles
    me = person()
    if (me.roles - {R.SUPPLIER}) & roles:
        return None
    return frozenset(supplier for role, _, supplier in me.places if role is R.SUPPLIER and supplier is not None)


def refuse_undeclared(app: Flask) -> None:
    """Refuse to start with an endpoint that the table does not name, or a row that names none."""
    endpoints = {rule.endpoint for rule in app.url_map.iter_rules()}
    undeclared, unknown = sorted(endpoints - TABLE.keys()), sorted(TABLE.keys() - endpoints)
    assert not undeclared, f"not in the access table: {undeclared}"
    assert not unknown, f"in the access table, but no endpoint: {unknown}"
