"""This file is `spd staff` and `spd token`: the first people of a new hospital, and systems' tokens."""

from __future__ import annotations

import hashlib
import secrets
from datetime import timedelta

import click
from argon2 import PasswordHasher
from sqlalchemy import select

from scanners import own
from spd.cli.context import opened
from spd.core import clock
from spd.core.transaction import transaction
from spd.parties import get_supplier
from spd.places import get_department
from spd.staff import Grant, Role, Staff, Token, get_staff


@click.group()
def staff() -> None:
    """People."""


@staff.command()
@click.argument("code")
@click.argument("name")
@click.option("--role", "roles", multiple=True, required=True, type=click.Choice([role.value for role in Role]))
@click.option("--department", help="Code of the department the roles hold in; everywhere, if left out.")
@click.option("--supplier", help="Code of the supplier they act for.")
@click.password_option(help="Asked for where left out.")
def add(
    code: str,
    name: str,
    roles: tuple[str, ...],
    department: str | None,
    supplier: str | None,
    password: str,
) -> None:
    """Add CODE (the login) with their NAME, or give them more roles and a new password."""
    if len(password) < 10:
        raise click.ClickException("A password has at least 10 characters.")
    with opened() as database, transaction(database) as session:
        person = session.scalars(select(Staff).where(Staff.code == code)).one_or_none()
        if person is None:
            person = Staff(code=code, name=name, badge=own.derive("staff", f"badge:{code}".encode()))
            session.add(person)
        person.password_hash = PasswordHasher().hash(password)
        session.flush()  # the grants name the person
        person.session_stamp += 1
        at = get_department(session, department).id if department else None
        of = get_supplier(session, supplier).id if supplier else None
        for role in roles:
            held = select(Grant.id).where(Grant.staff_id == person.id, Grant.role == role, Grant.department_id == at)
            if session.scalar(held) is None:
                session.add(Grant(staff_id=person.id, role=role, department_id=at, supplier_id=of))
    click.echo(f"{code} may log in. Badge: {person.badge}")


@staff.command()
@click.argument("code")
def disable(code: str) -> None:
    """Let CODE do nothing from now on; their sessions and tokens end at once."""
    with opened() as database, transaction(database) as session:
        get_staff(session, code).disabled = True
    click.echo(f"{code} is disabled.")


@click.group()
def token() -> None:
    """Bearer tokens of systems."""


@token.command("add")
@click.argument("code")
@click.argument("name")
@click.option("--days", default=365, show_default=True, type=click.IntRange(1, 3650))
def add_token(code: str, name: str, days: int) -> None:
    """A token for the person or system CODE, called NAME. It is shown once: only its digest is kept."""
    secret = "spd_" + secrets.token_urlsafe(32)
    with opened() as database, transaction(database) as session:
        holder = get_staff(session, code)
        digest = hashlib.sha256(secret.encode()).digest()
        expires_at = clock.now() + timedelta(days=days)
        session.add(Token(staff_id=holder.id, name=name, digest=digest, expires_at=expires_at))
    click.echo(secret)


@token.command()
@click.argument("name")
def revoke(name: str) -> None:
    """End every token called NAME at once."""
    with opened() as database, transaction(database) as session:
        tokens = list(session.scalars(select(Token).where(Token.name == name, ~Token.revoked)))
        for one in tokens:
            one.revoked = True
    click.echo(f"{len(tokens)} tokens revoked.")


COMMANDS = (staff, token)
