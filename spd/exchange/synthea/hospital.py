"""This file is the hospital a set is loaded into: a department with a ward for every organisation, its encounters."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import datetime
from typing import Any

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from scanners import own
from spd.encounters import Encounter
from spd.exchange.synthea.files import SyntheaSet, Visit
from spd.places import Department, Location
from spd.staff import Grant, Role, Staff

STORE = "SYN-STORE"
STAFF = "synthea-import"
_SURNAMES = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗"
_ENDINGS = "明华芳伟敏静丽强磊军洋艳勇娟涛超霞平刚兰"


def department_code(organization: str) -> str:
    """Our code of an organisation."""
    return "ORG-" + hashlib.sha256(organization.encode()).hexdigest()[:10].upper()


def ward_code(organization: str) -> str:
    """Our code of the place where an organisation keeps its stock."""
    return f"{department_code(organization)}-W"


def add_staff(session: Session) -> int:
    """Whoever enters the set: a system that nobody logs in as. Its number."""
    found = session.scalar(select(Staff.id).where(Staff.code == STAFF))
    if found is not None:
        return found
    staff = Staff(code=STAFF, name="Synthea 导入")
    session.add(staff)
    session.flush()  # every act names it
    session.add(Grant(staff_id=staff.id, role=Role.INTEGRATION))
    return staff.id


def add_departments(session: Session, given: SyntheaSet) -> dict[str, int]:
    """A department with a ward for every organisation that has an encounter, and the store; department numbers."""
    if session.scalar(select(Location.id).where(Location.code == STORE)) is None:
        session.add(_place(STORE, "中心库", "Central store", "store", None))
    there = {d.code: d.id for d in session.scalars(select(Department).where(Department.code.startswith("ORG-")))}
    numbers: dict[str, int] = {}
    for organization in dict.fromkeys(visit.organization for visit in given.visits.values()):
        code = department_code(organization)
        if code not in there:
            name = (given.organizations.get(organization) or organization)[:190]
            department = Department(code=code, name=name, name_en=name, cost_class="clinical")
            session.add(department)
            session.flush()  # its ward names it
            there[code] = department.id
            session.add(_place(ward_code(organization), f"{name} 病区", name, "ward", department.id))
        numbers[organization] = there[code]
    return numbers


def _place(code: str, name: str, name_en: str, kind: str, department_id: int | None) -> Location:
    label = own.derive("location", f"synthea:{code}".encode())
    return Location(code=code, label=label, name=name, name_en=name_en, kind=kind, department_id=department_id)


def add_encounters(
    session: Session,
    given: SyntheaSet,
    departments: dict[str, int],
    *,
    now: datetime,
    progress: Callable[[str, int, int], None],
) -> int:
    """Put the encounters on record that are not yet there; how many."""
    ids = list(given.visits)
    there: set[str] = set()
    for start in range(0, len(ids), 500):
        there |= set(session.scalars(select(Encounter.code).where(Encounter.code.in_(ids[start : start + 500]))))
    new = [
        _row(visit, departments[visit.organization], now) for visit in given.visits.values() if visit.id not in there
    ]
    for start in range(0, len(new), 1000):
        session.execute(insert(Encounter), new[start : start + 1000])
        progress("encounters", min(start + 1000, len(new)), len(new))
    return len(new)


def _row(visit: Visit, department_id: int, now: datetime) -> dict[str, Any]:
    gone = visit.stops_at is not None and visit.stops_at <= now
    return {
        "code": visit.id,
        "wristband": own.derive("wristband", f"synthea:{visit.id}".encode()),
        "patient": visit.patient,
        "patient_name": masked_name(visit.patient),
        "bed": "",
        "encounter_class": visit.encounter_class,
        "department_id": department_id,
        "admitted_at": visit.starts_at,
        "discharged_at": max(visit.starts_at, visit.stops_at) if gone and visit.stops_at else None,
        "drg_code": None,
    }


def masked_name(patient: str) -> str:
    """A made-up masked name, always the same for a patient; the file's own names are not kept."""
    digest = hashlib.sha256(patient.encode()).digest()
    return f"{_SURNAMES[digest[0] % len(_SURNAMES)]}*{_ENDINGS[digest[1] % len(_ENDINGS)]}"
