"""This file is the people of the demo: a login for each role, and a nurse for each place that keeps stock."""

from __future__ import annotations

from dataclasses import dataclass

from argon2 import PasswordHasher
from sqlalchemy import select
from sqlalchemy.orm import Session

from scanners import own
from spd.parties import Party
from spd.places import Department
from spd.staff import Grant, Role, Staff

PASSWORD = "spd-demo"  # noqa: S105 - printed for everybody who runs the demo
SYSTEM_WITHOUT_PASSWORD = "his"  # noqa: S105 - a login name


@dataclass(frozen=True, kw_only=True)
class Login:
    """Somebody to log in as."""

    code: str
    name: str
    role: str
    password: str


_ROLES: tuple[tuple[str, str, Role, str, str], ...] = (
    ("nurse", "王护士", Role.NURSE, "CARD", ""),
    ("headnurse", "李护士长", Role.HEAD_NURSE, "CARD", ""),
    ("ornurse", "赵护士", Role.NURSE, "ORMA", ""),
    ("keeper", "陈库管", Role.STOREKEEPER, "", ""),
    ("porter", "周配送", Role.PORTER, "", ""),
    ("buyer", "吴采购", Role.BUYER, "", ""),
    ("finance", "郑会计", Role.FINANCE, "", ""),
    ("chief", "蒋主管会计", Role.FINANCE, "", ""),
    ("quality", "孙质控", Role.QUALITY, "", ""),
    ("auditor", "钱审计", Role.AUDITOR, "", ""),
    ("admin", "冯系统", Role.SYSTEM_ADMIN, "", ""),
    ("security", "卫安全", Role.SECURITY_ADMIN, "", ""),
    ("supplier", "云杉介入 业务员", Role.SUPPLIER, "", "S01"),
    ("his", "HIS 接口", Role.INTEGRATION, "", ""),
)
"""Login name, name, role, the department where it holds, the supplier for whom it holds; empty is everywhere."""


def add_logins(session: Session) -> dict[str, int]:
    """A login for each role, all with one password; numbers by login name. Those that are there are left.

    A role is held in its department or for its supplier where the hospital has them. In a hospital without that
    department it is held everywhere; in one without that supplier nobody logs in for it.
    """
    departments = {department.code: department.id for department in session.scalars(select(Department))}
    suppliers = {party.code: party.id for party in session.scalars(select(Party))}
    there = {person.code: person.id for person in session.scalars(select(Staff))}
    hashed = PasswordHasher().hash(PASSWORD)
    for code, name, role, department, supplier in _ROLES:
        if code in there or (supplier and supplier not in suppliers):
            continue
        person = _person(code, name, hashed)
        session.add(person)
        session.flush()  # the grant names the person
        where, whose = departments.get(department), suppliers.get(supplier)
        session.add(Grant(staff_id=person.id, role=role, department_id=where, supplier_id=whose))
        there[code] = person.id
    return there


def add_ward_nurses(session: Session, departments: dict[str, tuple[int, str]]) -> dict[str, int]:
    """A nurse for each of these departments (number and name by code), by badge only; their numbers by department."""
    nurses = {code: _person(f"n-{code.lower()}", f"{name} 护士", None) for code, (_, name) in departments.items()}
    session.add_all(nurses.values())
    session.flush()  # as above
    session.add_all(
        Grant(staff_id=nurse.id, role=Role.NURSE, department_id=departments[code][0]) for code, nurse in nurses.items()
    )
    return {code: nurse.id for code, nurse in nurses.items()}


def add_signer(session: Session, code: str, name: str) -> Staff:
    """Somebody without a role, who signs by badge and the demo's password and does nothing else."""
    hashed = session.scalars(select(Staff.password_hash).where(Staff.code == "ornurse")).one()
    found = _person(code, name, hashed)
    session.add(found)
    session.flush()  # looked up by its code
    return found


def _person(code: str, name: str, hashed: str | None) -> Staff:
    known = None if code == SYSTEM_WITHOUT_PASSWORD else hashed
    return Staff(code=code, name=name, badge=own.derive("staff", f"demo:{code}".encode()), password_hash=known)


def logins() -> tuple[Login, ...]:
    """Whom to log in as, with the password."""
    return tuple(
        Login(code=code, name=name, role=role.value, password=PASSWORD)
        for code, name, role, _, _ in _ROLES
        if code != SYSTEM_WITHOUT_PASSWORD
    )
