"""This file tests what stands against goods: certificates on the day, the day of production, the chain."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import event
from sqlalchemy.orm import Session

from spd import licensing, policies
from spd.catalog import Product
from spd.licensing import Finding, Unlicensed, Wanted
from spd.licensing.chain import Link, leads_back
from spd.parties import Party
from tests import build
from tests.build import TODAY, Hospital
from tests.licensing import papers
from tests.licensing.papers import BEGAN, ENDS, NUMBER

ENDED = date(2026, 1, 31)


@pytest.fixture
def maker(session: Session, h: Hospital) -> Party:
    made_by = papers.maker(session)
    papers.stent(session, made_by)
    return made_by


def _said(found: list[Finding]) -> list[tuple[str, str, str]]:
    return sorted((str(one.severity), str(one.kind), str(one.matter)) for one in found)


def _found(
    session: Session, h: Hospital, act: str = "order", *, on: date = TODAY, made: date | None = None
) -> list[Finding]:
    wanted = [Wanted(supplier_id=h.stents.id, product_id=1, produced_on=made)]
    return licensing.findings(session, wanted, on=on, act=act)


def _withdrawn(session: Session, h: Hospital, *licences: licensing.Licence) -> None:
    for licence in licences:
        licensing.withdraw(session, build.occasion(h.keeper), licence.id, reason="登记有误")


def test_with_every_paper_in_force_nothing_stands_against_an_order(session: Session, h: Hospital, maker: Party) -> None:
    papers.all_papers(session, h, maker)
    assert _found(session, h) == []
    assert (
        licensing.refuse_unlicensed(session, [Wanted(supplier_id=h.stents.id, product_id=1)], on=TODAY, act="order")
        == []
    )


def test_what_is_not_on_record_is_told_and_blocks_nothing(session: Session, h: Hospital, maker: Party) -> None:
    found = _found(session, h)
    assert _said(found) == [
        ("warn", kind, "missing") for kind in ("authorisation", "business", "operation", "production", "registration")
    ]
    wanted = [Wanted(supplier_id=h.stents.id, product_id=1)]
    assert licensing.refuse_unlicensed(session, wanted, on=TODAY, act="order") == found


@pytest.mark.parametrize(("value", "said"), [("ignore", 0), ("block", 5)])
def test_the_hospital_decides_what_is_missing_means(
    session: Session, h: Hospital, maker: Party, value: str, said: int
) -> None:
    policies.settle(session, build.occasion(h.keeper), "licence.missing", value)
    found = _found(session, h)
    assert len(found) == said
    assert {str(one.severity) for one in found} <= {"block"}


@pytest.mark.parametrize("kind", ["business", "operation", "production", "registration"])
def test_an_order_is_blocked_by_any_licence_that_ended(session: Session, h: Hospital, maker: Party, kind: str) -> None:
    kept = papers.all_papers(session, h, maker)
    _withdrawn(session, h, kept[kind])
    whose = h.stents if kind in ("business", "operation") else maker
    number = NUMBER if kind == "registration" else "OLD"
    classes = {"device_classes": "3"} if kind == "operation" else {}
    papers.paper(session, h, kind, number, party=whose, valid_to_on=ENDED, **classes)
    found = _found(session, h)
    assert _said(found) == [("block", kind, "ended")]
    assert "2026-01-31" in found[0].zh
    with pytest.raises(Unlicensed) as refused:
        licensing.refuse_unlicensed(session, [Wanted(supplier_id=h.stents.id, product_id=1)], on=TODAY, act="order")
    assert refused.value.error == "E11"
    assert "2026-01-31" in refused.value.sentence("zh")
    assert "2026-01-31" in refused.value.sentence("en")


@pytest.mark.parametrize(
    ("on", "said"),
    [(BEGAN, []), (BEGAN - timedelta(1), ["not_yet"]), (ENDS, []), (ENDS + timedelta(1), ["ended"])],
)
def test_both_ends_of_a_licence_belong_to_it(
    session: Session, h: Hospital, maker: Party, on: date, said: list[str]
) -> None:
    policies.settle(session, build.occasion(h.keeper), "licence.missing", "ignore")
    papers.paper(session, h, "registration", NUMBER)
    assert [str(one.matter) for one in _found(session, h, on=on)] == said


def test_a_renewal_keeps_the_number_and_stands_beside_the_old(session: Session, h: Hospital, maker: Party) -> None:
    policies.settle(session, build.occasion(h.keeper), "licence.missing", "ignore")
    old = papers.paper(session, h, "registration", NUMBER, valid_to_on=ENDED)
    gap = papers.paper(session, h, "registration", NUMBER, valid_from_on=TODAY + timedelta(5), renews=old.id)
    assert gap.subject == old.subject
    assert [str(one.matter) for one in _found(session, h)] == ["between"]
    assert _found(session, h, on=TODAY + timedelta(5)) == []
    assert _found(session, h, on=ENDED) == []


@pytest.mark.parametrize(
    ("made", "said"),
    [
        (date(2025, 6, 1), []),
        (ENDED, []),
        (ENDED + timedelta(1), [("block", "made_outside")]),
        (BEGAN - timedelta(1), [("block", "made_outside")]),
        (None, [("block", "ended")]),
    ],
)
def test_the_day_of_production_decides_at_the_bay(
    session: Session, h: Hospital, maker: Party, made: date | None, said: list[tuple[str, str]]
) -> None:
    policies.settle(session, build.occasion(h.keeper), "licence.missing", "ignore")
    papers.paper(session, h, "registration", NUMBER, valid_to_on=ENDED)
    found = _found(session, h, "receive", made=made)
    assert [(str(one.severity), str(one.matter)) for one in found] == said


def test_without_a_day_of_production_the_day_it_came_is_judged_with_a_caution(
    session: Session, h: Hospital, maker: Party
) -> None:
    papers.all_papers(session, h, maker)
    assert _said(_found(session, h, "receive")) == [("warn", "registration", "day_unknown")]
    assert _found(session, h, "receive", made=date(2025, 6, 1)) == []


def test_what_else_lapsed_since_the_order_is_told_at_the_bay_and_does_not_stop(
    session: Session, h: Hospital, maker: Party
) -> None:
    kept = papers.all_papers(session, h, maker)
    _withdrawn(session, h, kept["business"])
    papers.paper(session, h, "business", "OLD", party=h.stents, valid_to_on=ENDED)
    assert _said(_found(session, h, "receive", made=date(2025, 6, 1))) == [("warn", "business", "ended")]


@pytest.mark.parametrize(
    ("classes", "number", "said"),
    [
        ("2", NUMBER, ["class"]),
        ("3", NUMBER, []),
        ("3", "沪械注准20212140111", ["class"]),
        ("23", "沪械注准20212140111", []),
        ("", NUMBER, []),
        ("2", "沪浦械备20210001", []),
    ],
)
def test_a_supplier_trades_only_in_the_classes_of_its_licence(
    session: Session, h: Hospital, classes: str, number: str, said: list[str]
) -> None:
    policies.settle(session, build.occasion(h.keeper), "licence.missing", "ignore")
    papers.stent(session, None, number)
    papers.paper(session, h, "operation", party=h.stents, device_classes=classes)
    assert [str(one.matter) for one in _found(session, h)] == said


def test_makers_abroad_have_no_licence_of_this_country(session: Session, h: Hospital) -> None:
    maker = papers.maker(session)
    papers.stent(session, maker, "国械注进20213130647")
    assert "production" not in {str(one.kind) for one in _found(session, h)}


def test_a_number_is_found_however_it_was_typed(session: Session, h: Hospital, maker: Party) -> None:
    papers.all_papers(session, h, maker)
    papers.stent(session, maker, " 国械注准２０２１ ３１３ ０６４７号")
    assert _found(session, h) == []


@pytest.fixture
def chained(session: Session, h: Hospital, maker: Party) -> Party:
    """A distributor between the maker and the supplier, nothing else being looked at."""
    policies.settle(session, build.occasion(h.keeper), "licence.missing", "ignore")
    return papers.distributor(session)


def test_a_chain_holds_while_every_link_does(session: Session, h: Hospital, maker: Party, chained: Party) -> None:
    papers.paper(session, h, "authorisation", "A-1", party=maker, grantee=chained, valid_to_on=ENDED)
    papers.paper(session, h, "authorisation", "A-2", party=chained, grantee=h.stents)
    assert _found(session, h, on=ENDED) == []
    assert _said(_found(session, h)) == [("block", "authorisation", "broken")]
    (told,) = _found(session, h)
    assert (told.zh.count("冠脉支架"), told.en.count("for Stent")) == (1, 1)
    assert [str(one.severity) for one in _found(session, h, "receive", made=TODAY)] == ["warn"]
    papers.paper(session, h, "authorisation", "A-3", party=maker, grantee=chained, valid_from_on=TODAY)
    assert _found(session, h) == []


def test_a_link_that_names_the_product_must_lead_back_to_its_maker(
    session: Session, h: Hospital, maker: Party, chained: Party
) -> None:
    papers.paper(session, h, "authorisation", "A-2", party=chained, grantee=h.stents, product_ids=[1])
    assert _said(_found(session, h)) == [("block", "authorisation", "broken")]


def test_a_link_for_other_products_or_makers_says_nothing(
    session: Session, h: Hospital, maker: Party, chained: Party
) -> None:
    other = papers.maker(session, "OTHER", "别家")
    papers.paper(session, h, "authorisation", "A-1", party=maker, grantee=h.stents, product_ids=[2])
    papers.paper(session, h, "authorisation", "A-2", party=chained, grantee=h.stents, maker=other)
    assert _found(session, h) == []
    policies.settle(session, build.occasion(h.keeper), "licence.missing", "warn")
    assert ("warn", "authorisation", "missing") in _said(_found(session, h))


def test_parties_that_authorise_each_other_are_no_chain(
    session: Session, h: Hospital, maker: Party, chained: Party
) -> None:
    papers.paper(session, h, "authorisation", "A-1", party=chained, grantee=h.stents, product_ids=[1])
    papers.paper(session, h, "authorisation", "A-2", party=h.stents, grantee=chained, product_ids=[1])
    assert _said(_found(session, h)) == [("block", "authorisation", "broken")]


def test_what_is_said_of_a_supplier_is_said_once_however_many_goods(
    session: Session, h: Hospital, maker: Party
) -> None:
    wanted = [Wanted(supplier_id=h.stents.id, product_id=number) for number in (1, 4, 1)]
    found = licensing.findings(session, wanted, on=TODAY, act="order")
    assert [str(one.kind) for one in found].count("business") == 1
    assert [one.product_id for one in found if str(one.kind) == "registration"] == [1, 4]
    assert licensing.findings(session, [], on=TODAY, act="order") == []


def test_a_thousand_goods_take_as_many_statements_as_one(session: Session, h: Hospital, maker: Party) -> None:
    papers.all_papers(session, h, maker)
    more = [
        Product(id=100 + n, code=f"P{n}", name=f"耗材{n}", base_unit="个", product_class="low_value",
                registration_number=f"国械注准2021313{n:04d}", manufacturer_id=maker.id)
        for n in range(400)
    ]  # fmt: skip
    session.add_all(more)
    session.flush()  # licensing reads them in the database
    asked: list[str] = []
    connection = session.connection()
    event.listen(connection, "before_cursor_execute", lambda *said: asked.append(said[2]))
    one = [Wanted(supplier_id=h.stents.id, product_id=1)]
    licensing.findings(session, one, on=TODAY, act="order")
    few, asked[:] = len(asked), []
    many = one + [Wanted(supplier_id=h.stents.id, product_id=product.id) for product in more]
    assert len(licensing.findings(session, many, on=TODAY, act="order")) == 400
    assert len(asked) == few < 12


def _link(giver: int, grantee: int) -> Link:
    return Link(
        giver_id=giver,
        grantee_id=grantee,
        maker_id=None,
        product_ids=frozenset(),
        valid_from_on=BEGAN,
        valid_to_on=None,
    )


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.lists(st.tuples(st.integers(1, 8), st.integers(1, 8)), max_size=24),
    st.permutations(range(1, 9)),
)
def test_a_chain_does_not_depend_on_the_order_or_the_numbers_of_its_links(
    pairs: list[tuple[int, int]], names: list[int]
) -> None:
    links = [_link(*pair) for pair in pairs]
    found = leads_back(links, 1, 8)
    assert leads_back(links[::-1], 1, 8) == found
    renamed = [_link(names[giver - 1], names[grantee - 1]) for giver, grantee in pairs]
    assert leads_back(renamed, names[0], names[7]) == found
    reached = {1}
    for _ in range(8):
        reached |= {giver for giver, grantee in pairs if grantee in reached}
    assert found == (8 in reached)
