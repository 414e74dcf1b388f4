"""Fixed quantities tried over HTTP: by API and on the pages, for a level from use, by hand, and one that waits."""

from __future__ import annotations

from datetime import timedelta

from spd.core.transaction import transaction
from tests import build
from tests.api.asking import World, is_problem
from tests.build import NOW

ASKED = {"location": "CARD-W", "product": "GAUZE", "pack_quantity": 20, "lower": 1, "upper": 3}


def lived(world: World) -> None:
    """Two packs used on one day, another the day after."""
    with transaction(world.database) as session:
        h = world.h
        for code, ago in zip(build.packs(session, h, 3), (5, 5, 4), strict=True):
            when = build.occasion(h.nurse, at=NOW - timedelta(days=ago))
            build.use(session, h, code, encounter=None, departments=frozenset({h.cardiology.id}), occasion=when)


def test_a_level_is_tried_on_the_last_days(embedded: World) -> None:
    lived(embedded)
    nurse = embedded.asking("head_nurse", embedded.h.cardiology)
    enough = nurse.get("/fixed-quantities/what-if", **ASKED, days=14).json
    assert (enough["before"], enough["after"]["missed"], enough["after"]["wanted"]) == (None, 0, 3)
    short = nurse.get("/fixed-quantities/what-if", **ASKED | {"lower": 0, "upper": 1}, days=14).json
    assert (short["after"]["missed"], short["after"]["days_short"], short["after"]["days"]) == (1, 1, 14)
    assert nurse.get("/fixed-quantities/what-if", **ASKED, days=6).status_code == 422
    assert is_problem(nurse.get("/fixed-quantities/what-if", **ASKED | {"lower": 5}), 422, "bad-level")


def test_what_use_proposes_comes_with_the_days_and_why(embedded: World) -> None:
    lived(embedded)
    nurse = embedded.asking("head_nurse", embedded.h.cardiology)
    [one] = nurse.get("/fixed-quantities/proposals", location="CARD-W", days=30).json["proposals"]
    assert (one["product"], one["after"]["days"], one["after"]["wanted"]) == ("GAUZE", 30, 3)
    assert one["reason"].startswith("poisson EC")
