"""This file is making the demo hospital: all of it in one transaction, or nothing; once."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from spd.core.database import Database
from spd.core.errors import Conflict
from spd.core.transaction import transaction
from spd.demo import (
    bedside,
    charged,
    codes,
    counts,
    finances,
    ground,
    kept,
    orders,
    papers,
    patients,
    people,
    refill,
    samples,
    scanners,
    stopped,
    trays,
)
from spd.demo.chance import Chance
from spd.demo.operated import operate
from spd.demo.recalled import recall_some
from spd.demo.samples import Ware
from spd.demo.story import DAYS, Progress, tell
from spd.demo.summary import DemoSummary, summarise
from spd.demo.world import STORE, Place, World
from spd.places import Department, Location

_SHANGHAI = ZoneInfo("Asia/Shanghai")


class NotEmpty(Conflict):
    """The database is a hospital of its own; a made-up one is never mixed into it."""

    code = "not-empty"
    say = {
        "zh": "数据库中已有其他数据, 不能加入演示医院。换一个空数据库。",
        "en": "The database holds other data; the demo hospital is not mixed into it. Use an empty database.",
    }


def generate(
    database: Database,
    *,
    now: datetime,
    zone: ZoneInfo = _SHANGHAI,
    seed: int = 1,
    beds: int = 120,
    progress: Progress | None = None,
) -> DemoSummary:
    """A made-up hospital whose three months of history end at `now`; the same for the same seed, beds and now.

    Where it has been made before, nothing is changed. Raises: NotEmpty.
    """
    with transaction(database) as session:
        made = session.scalar(select(Location.id).where(Location.label == _mark()))
        if made is None:
            if session.scalar(select(Department.id).limit(1)):
                raise NotEmpty
            _make(session, now=now, zone=zone, seed=seed, beds=beds, progress=progress or _silent)
        return summarise(session, created=made is None, now=now)


def _mark() -> str:
    """The shelf label of the demo's central store: only the demo has it."""
    return ground.label_of(STORE)


def _silent(_what: str, _done: int, _of: int) -> None:
    """Progress that nobody watches."""


def _make(session: Session, *, now: datetime, zone: ZoneInfo, seed: int, beds: int, progress: Progress) -> None:
    chance = Chance(seed)
    today = now.astimezone(zone).date()
    first = today - timedelta(days=DAYS)
    wares = samples.wares()
    progress("ground", 0, 1)
    departments = ground.add_departments(session)
    ground.add_locations(session, departments)
    ground.add_products(session, wares, ground.add_parties(session), chance, today)
    patients.add_groups(session, first, today)
    staff = people.add_logins(session)
    nurses = {"CARD": staff["nurse"], "ORMA": staff["ornurse"]}
    keepers = {row["code"]: row["name"] for row in samples.rows("departments") if row["place"]}
    nurses |= people.add_ward_nurses(
        session, {code: (departments[code], name) for code, name in keepers.items() if code not in nurses}
    )
    world = World(
        session=session,
        chance=chance,
        now=now,
        zone=zone,
        wares={ware.code: ware for ware in wares},
        places=_places(chance, wares, departments, nurses, beds),
        staff=staff,
        stays={},
    )
    patients.add_stays(world, first)
    progress("ground", 1, 1)
    kept.write_recipes(world, first)
    kept.fix_quantities(world, first)
    tell(world, first, beds, progress)
    kept.ask_and_promise(world)
    trays.seal_kits(world)
    trays.lend_sets(world)
    orders.add(world)
    stopped.stop(world)
    refill.pick_some(world)
    papers.record(world)
    codes.trace(world, now)
    recall_some(world)
    counts.take_stock(world)
    operate(world)
    bedside.happen(world)
    charged.bill(world)
    finances.add(world)
    kept.propose_levels(world)
    scanners.trust_any(world, first)


def _places(
    chance: Chance, wares: list[Ware], departments: dict[str, int], nurses: dict[str, int], beds: int
) -> list[Place]:
    places = []
    shares = sum(int(row["beds"]) for row in samples.rows("departments"))
    for row in samples.rows("departments"):
        if row["place"]:
            places.append(
                Place(
                    location=f"{row['code']}-K",
                    department=row["code"],
                    department_id=departments[row["code"]],
                    profile=row["profile"],
                    beds=round(int(row["beds"]) * beds / shares),
                    nurse_id=nurses[row["code"]],
                    keeps=_kept(chance, wares, row["profile"], row["code"]),
                )
            )
    return places


def _kept(chance: Chance, wares: list[Ware], profile: str, department: str) -> tuple[Ware, ...]:
    """A dozen packed products of the place's profile, and all its high-value and cold ones where it treats or tests."""
    fit = [ware for ware in wares if profile in ware.profiles]
    packed = chance.some_of([ware for ware in fit if ware.pack], 12)
    special = profile in ("theatre", "catheter", "endoscopy") or department in ("ICUX", "LABM")
    return tuple(packed + ([ware for ware in fit if not ware.pack] if special else []))
