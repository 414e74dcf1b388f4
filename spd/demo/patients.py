"""This file is the patients of the demo: fictional, masked, with wristbands, beds and groups; three months of them."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import insert
from sqlalchemy.orm import Session

from scanners import own
from spd.demo.chance import Chance
from spd.demo.samples import rows
from spd.demo.world import Place, Stay, World
from spd.encounters import DrgRate, DrgWeight, Encounter

REGION = "示范"
RATE = Decimal(11800)
_SURNAMES = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧"
_ENDINGS = "明华芳伟敏静丽强磊军洋艳勇娟涛超霞平刚桂英兰玉萍红玲芬燕彬"


def add_groups(session: Session, first: date, last: date) -> None:
    """The DRG weights and rate of every year of the story."""
    for year in range(first.year, last.year + 1):
        session.execute(
            insert(DrgWeight),
            [
                {
                    "region": REGION,
                    "year": year,
                    "drg_code": r["code"],
                    "name": r["name"],
                    "weight": Decimal(r["weight"]),
                }
                for r in rows("drgs")
            ],
        )
        session.add(DrgRate(region=REGION, year=year, rate=RATE))


def add_stays(world: World, first: date) -> None:
    """Every bed's stays one after the other, and the day's visits of places without beds."""
    groups: dict[str, list[str]] = {}
    for group in rows("drgs"):
        for department in group["departments"].split():
            groups.setdefault(department, []).append(group["code"])
    found: list[dict[str, Any]] = []
    for place in world.places:
        found += _bed_stays(world, place, groups.get(place.department, []), first)
        if place.profile == "emergency":
            found += _visits(world, place, first)
    found.sort(key=lambda row: (row["admitted_at"], row["department_id"], row["bed"]))
    for number, row in enumerate(found, 1):
        _name(world.chance, row, number)
    for start in range(0, len(found), 1000):
        world.session.execute(insert(Encounter), found[start : start + 1000])
    departments = {place.department_id: place.department for place in world.places}
    for row in found:
        department = departments[row["department_id"]]
        stay = Stay(
            code=row["code"],
            department=department,
            admitted_at=row["admitted_at"],
            discharged_at=row["discharged_at"],
            drg_code=row["drg_code"],
        )
        world.stays.setdefault(department, []).append(stay)


def _bed_stays(world: World, place: Place, groups: list[str], first: date) -> list[dict[str, Any]]:
    chance, stays = world.chance, []
    for bed in range(1, place.beds + 1):
        day = first - timedelta(days=chance.between(0, 6))
        while day <= world.today:
            leaves = day + timedelta(days=chance.between(3, 11))
            admitted = world.at(day, chance.between(9, 15), chance.between(0, 59))
            discharged = world.at(leaves, chance.between(9, 11), chance.between(0, 59))
            if admitted > world.now:
                break
            gone = discharged < world.now
            stays.append(
                _row(
                    place,
                    "inpatient",
                    admitted,
                    discharged if gone else None,
                    bed=f"{bed:02d}",
                    drg=chance.one_of(groups) if gone and groups else None,
                )
            )
            day = leaves + timedelta(days=chance.between(0, 2))
    return stays


def _visits(world: World, place: Place, first: date) -> list[dict[str, Any]]:
    chance, visits = world.chance, []
    for offset in range((world.today - first).days + 1):
        day = first + timedelta(days=offset)
        for _ in range(chance.between(2, 5)):
            came = world.at(day, chance.between(8, 15), chance.between(0, 59))
            if came < world.now:
                kind = "emergency" if place.department == "EMER" else "outpatient"
                left = came + timedelta(minutes=chance.between(40, 300))
                visits.append(_row(place, kind, came, left if left < world.now else None, bed="", drg=None))
    return visits


def _row(
    place: Place, kind: str, admitted: datetime, discharged: datetime | None, *, bed: str, drg: str | None
) -> dict[str, Any]:
    return {
        "encounter_class": kind, "department_id": place.department_id, "admitted_at": admitted,
        "discharged_at": discharged, "bed": bed, "drg_code": drg,
    }  # fmt: skip


def _name(chance: Chance, row: dict[str, Any], number: int) -> None:
    prefix = "ZY" if row["encounter_class"] == "inpatient" else "MZ"
    code = f"{prefix}{row['admitted_at']:%y%m%d}{number:05d}"
    row |= {
        "code": code,
        "wristband": own.derive("wristband", f"demo:{code}".encode()),
        "patient": f"P{100000 + number}",
        "patient_name": f"{chance.one_of(_SURNAMES)}*{chance.one_of(_ENDINGS)}",
    }
