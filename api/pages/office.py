"""This file is the pages to read: stock of a place, trace, department cost."""

from __future__ import annotations

from flask import render_template

from api.pages import bp


@bp.get("/stock")
def stock() -> str:
    """What a place holds."""
    return render_template("stock.html")


@bp.get("/trace")
def trace() -> str:
    """The life of a code or a lot."""
    return render_template("trace.html")


@bp.get("/finance")
def finance() -> str:
    """Department cost."""
    return render_template("finance.html")
