"""Suppliers and manufacturers: added, renamed, retired; what they were stays on record."""

from __future__ import annotations

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from spd.parties import (
    Party,
    PartyChange,
    PartyKind,
    PartyKnown,
    PartySaid,
    UnknownParty,
    UnknownSupplier,
    add_party,
    change_party,
    get_supplier,
)
from tests import build
from tests.build import Hospital


def kept(session: Session, party: Party) -> list[tuple[str, str, str]]:
    query = select(PartyChange).where(PartyChange.party_id == party.id).order_by(PartyChange.id)
    return [(one.attribute, one.before, one.after) for one in session.scalars(query)]


def test_what_a_supplier_was_before_stays_on_record(session: Session, h: Hospital) -> None:
    made = add_party(session, build.occasion(h.keeper), "SUP-X", PartyKind.SUPPLIER, PartySaid(name="某公司"))
    changed = change_party(session, build.occasion(h.keeper), "SUP-X", PartySaid(name="某某公司", retired=True))
    assert changed == {"name": ("某公司", "某某公司"), "retired": ("False", "True")}
    assert kept(session, made) == [
        ("code", "", "SUP-X"),
        ("name", "某公司", "某某公司"),
        ("retired", "False", "True"),
    ]
    with pytest.raises(UnknownSupplier):
        get_supplier(session, "SUP-X")  # nothing is ordered of it any more
    assert change_party(session, build.occasion(h.keeper), "SUP-X", PartySaid(name="某某公司", retired=True)) == {}


def test_a_code_is_one_partys_and_the_hospital_is_not_among_them(session: Session, h: Hospital) -> None:
    said = PartySaid(name="某厂")
    made = add_party(session, build.occasion(h.keeper), "M-X", PartyKind.MANUFACTURER, said)
    assert add_party(session, build.occasion(h.keeper), "M-X", PartyKind.MANUFACTURER, said) is made
    with pytest.raises(PartyKnown):
        add_party(session, build.occasion(h.keeper), "M-X", PartyKind.SUPPLIER, said)
    ours = session.scalars(select(Party.code).where(Party.kind == PartyKind.HOSPITAL)).one()
    with pytest.raises(UnknownParty):
        change_party(session, build.occasion(h.keeper), ours, said)
