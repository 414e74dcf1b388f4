"""Builders of licences: papers that hold around the tests' day, put on record as people do."""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy.orm import Session

from spd import licensing
from spd.catalog import Product
from spd.licensing import Licence, LicenceKind, LicenceSeen
from spd.parties import Party
from spd.staff import Staff
from tests import build
from tests.build import Hospital

NUMBER = "国械注准20213130647"  # class III
BEGAN, ENDS = date(2022, 1, 1), date(2026, 12, 31)


def maker(session: Session, code: str = "MAKER", name: str = "心脉制造") -> Party:
    """A manufacturer."""
    party = Party(code=code, kind="manufacturer", name=name, name_en="Maker")
    session.add(party)
    session.flush()  # its number is used
    return party


def distributor(session: Session, code: str = "DISTRIBUTOR") -> Party:
    """A party between maker and supplier."""
    party = Party(code=code, kind="supplier", name="总代理", name_en="Distributor")
    session.add(party)
    session.flush()  # as above
    return party


def stent(session: Session, made_by: Party | None = None, number: str = NUMBER) -> Product:
    """The stent, with a certificate's number and a maker."""
    product = session.get_one(Product, 1)
    product.registration_number = number
    product.manufacturer_id = made_by.id if made_by else None
    session.flush()  # licensing reads it in the database
    return product


def paper(session: Session, h: Hospital, kind: str, number: str = "", /, **said: Any) -> Licence:
    """A licence on record, which holds unless said otherwise."""
    said.setdefault("valid_from_on", BEGAN)
    said.setdefault("valid_to_on", ENDS)
    for name in ("party", "grantee", "maker"):
        if name in said:
            said[f"{name}_id"] = said.pop(name).id
    document, renews = said.pop("document", None), said.pop("renews", None)
    seen = LicenceSeen(kind=LicenceKind(kind), number=number or f"{kind}-1", **said)
    return licensing.record(session, build.occasion(h.keeper), seen, document=document, renews=renews)


def all_papers(session: Session, h: Hospital, made_by: Party) -> dict[str, Licence]:
    """Everything that the supplier of stents needs to sell the stent, by kind."""
    return {
        "business": paper(session, h, "business", party=h.stents),
        "operation": paper(session, h, "operation", party=h.stents, device_classes="23"),
        "production": paper(session, h, "production", party=made_by),
        "registration": paper(session, h, "registration", NUMBER, party=made_by),
        "authorisation": paper(session, h, "authorisation", party=made_by, grantee=h.stents),
    }


def colleague(session: Session, login: str = "quality") -> Staff:
    """A second person."""
    person = Staff(code=login, name="质控", badge=f"S-{login}")
    session.add(person)
    session.flush()  # their number is used
    return person
