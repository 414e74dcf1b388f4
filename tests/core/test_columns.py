"""Column types mean the same on SQLite and PostgreSQL: exact money, aware instants, whole quantities."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import StatementError
from sqlalchemy.orm import Session

from spd.catalog import Price
from spd.core.columns import worth
from spd.encounters import DrgRate, Encounter
from tests import build

SHANGHAI = timezone(timedelta(hours=8))


def rate(session: Session, amount: object, year: int = 2026) -> DrgRate:
    row = DrgRate(region="示范", year=year, rate=amount)
    session.add(row)
    session.flush()  # written now, so that it is read back from the database
    session.expire(row)
    return row


@pytest.mark.parametrize("amount", ["0.0001", "0.1", "0.3333", "-3.5", "99999999999999.9999", "0"])
def test_money_comes_back_as_it_was_said(session: Session, amount: str) -> None:
    assert rate(session, Decimal(amount)).rate == Decimal(amount)


def test_money_is_a_whole_number_in_the_database(session: Session) -> None:
    rate(session, Decimal("0.1"))
    assert session.execute(text("SELECT rate FROM drg_rates")).scalar_one() == 1000


def test_ten_thousand_tenths_are_a_thousand_in_the_database_too(session: Session) -> None:
    session.add_all(DrgRate(region="示范", year=year, rate=Decimal("0.1")) for year in range(10_000))
    session.flush()  # summed by the database, not by us
    assert session.scalar(select(func.sum(DrgRate.rate))) == Decimal(1000)


def test_money_is_compared_exactly_in_the_database(session: Session) -> None:
    rate(session, Decimal("0.3"))
    exactly = select(DrgRate.year).where(DrgRate.rate == Decimal("0.1") + Decimal("0.2"))
    assert session.scalars(exactly).all() == [2026]
    assert session.scalars(select(DrgRate.year).where(DrgRate.rate > Decimal("0.3"))).all() == []


def test_what_so_many_cost_is_exact_in_the_database(session: Session) -> None:
    build.hospital(session)
    third = Price.unit_price == Decimal("0.3333")
    assert session.scalar(select(worth(3, Price.unit_price)).where(third)) == Decimal("0.9999")
    assert session.scalar(select(func.sum(worth(Price.product_id, Price.unit_price))).where(third)) == Decimal("0.9999")


def test_a_float_is_refused_by_the_column(session: Session) -> None:
    with pytest.raises(StatementError, match="never a float"), session.begin_nested():
        rate(session, 0.1)


def test_a_fifth_decimal_is_refused_by_the_column(session: Session) -> None:
    with pytest.raises(StatementError, match="more than 4 decimals"), session.begin_nested():
        rate(session, Decimal("0.00001"))


def stay_from(session: Session, admitted_at: datetime) -> Encounter:
    h = build.hospital(session)
    stay = Encounter(
        code="E-9", patient="P-9", patient_name="王*明", encounter_class="inpatient", department_id=h.cardiology.id,
        admitted_at=admitted_at,
    )  # fmt: skip
    session.add(stay)
    session.flush()  # written now, so that it is read back from the database
    session.expire(stay)
    return stay


def test_an_instant_comes_back_in_utc_to_the_microsecond(session: Session) -> None:
    stay = stay_from(session, datetime(2026, 3, 2, 2, 0, 0, 123456, tzinfo=SHANGHAI))
    assert stay.admitted_at == datetime(2026, 3, 1, 18, 0, 0, 123456, tzinfo=UTC)
    assert stay.admitted_at.tzinfo is UTC


def test_instants_said_in_two_zones_are_compared_as_moments(session: Session) -> None:
    stay_from(session, datetime(2026, 3, 2, 2, 0, tzinfo=SHANGHAI))
    same_moment = Encounter.admitted_at == datetime(2026, 3, 1, 18, 0, tzinfo=UTC)
    assert session.scalars(select(Encounter.code).where(Encounter.code == "E-9", same_moment)).all() == ["E-9"]


def test_an_instant_without_a_zone_is_refused(session: Session) -> None:
    with pytest.raises(StatementError, match="no time zone"), session.begin_nested():
        stay_from(session, datetime(2026, 3, 2, 2, 0))


def test_a_day_is_a_day_whatever_the_zone(session: Session) -> None:
    build.hospital(session)
    assert set(session.scalars(select(Price.valid_from_on))) == {date(2025, 1, 1)}
