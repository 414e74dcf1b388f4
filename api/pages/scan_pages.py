"""This file is the pages of scanning: receive, pack, deliver, bedside."""

from __future__ import annotations

from flask import render_template

from api.pages import bp


@bp.get("/receive")
def receive() -> str:
    """Scan a delivery in."""
    return render_template("receive.html")


@bp.get("/pack")
def pack() -> str:
    """Make packs and print their labels."""
    return render_template("pack.html")


@bp.get("/deliver")
def deliver() -> str:
    """Fill a tote; sign for one."""
    return render_template("deliver.html")


@bp.get("/bedside")
def bedside() -> str:
    """Use at the bedside."""
    return render_template("bedside.html")
