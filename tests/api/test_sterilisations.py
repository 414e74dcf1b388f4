"""/sterilisations: a load told by a system, read back, and failed."""

from __future__ import annotations

from spd.core.transaction import transaction
from tests import build
from tests.api.asking import World, is_problem
from tests.packing.kitting import assemble, recipe, things
from tests.theatre.lending import came, listed


def test_a_load_is_told_read_and_failed(world: World) -> None:
    with transaction(world.database) as session:
        kit = assemble(session, world.h, recipe(session, world.h), things(session, world.h)).code
        loaned = came(session, world.h, listed(session, world.h)).code
    steriliser = world.asking("integration")
    said = {"codes": [kit, loaned], "lot": "S-7", "until_on": build.TODAY.isoformat()}
    told = steriliser.post("/sterilisations", said)
    assert (told.status_code, told.get_json()) == (
        201, {"lot": "S-7", "kits": [kit], "sets": [loaned], "repeated": False},
    )  # fmt: skip
    first = steriliser.get("/sterilisations", lot="S-7", limit=1).get_json()
    rest = steriliser.get("/sterilisations", lot="S-7", after=first["next"]).get_json()
    rows = first["sterilisations"] + rest["sterilisations"]
    assert [(row["kit"], row["set"], row["standing"]) for row in rows] == [
        (kit, None, "sterile"), (None, loaned, "sterile"),
    ]  # fmt: skip
    assert world.asking("nurse").get(f"/loaner-sets/{loaned}").get_json()["sterile"] == said["until_on"]
    is_problem(world.asking("nurse").post("/sterilisations/failures", {"lot": "S-7", "why": "-"}), 403, "not-allowed")
    failed = world.asking("quality").post("/sterilisations/failures", {"lot": "S-7", "why": "生物监测阳性"}).get_json()
    assert (failed["kits"], failed["sets"]) == ([kit], [loaned])
    after = steriliser.get("/sterilisations").get_json()["sterilisations"]
    assert [row["standing"] for row in after] == ["failed", "failed"]
    is_problem(steriliser.post("/sterilisations", said), 422, "sterile-lot-failed")
