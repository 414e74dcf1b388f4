"""This file tests putting licences on record, with their documents; and letting goods pass by a second person."""

from __future__ import annotations

import hashlib
from datetime import date, timedelta

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DatabaseError
from sqlalchemy.orm import Session

from spd import licensing, policies
from spd.core import attachments
from spd.core.attachments import DocumentTooLarge, Upload, WrongDocument
from spd.core.separation import SamePerson
from spd.licensing import Licence, LicenceKind, LicenceSeen, Unlicensed, Wanted, override, recording
from tests import build
from tests.build import NOW, TODAY, Hospital
from tests.licensing import papers
from tests.licensing.papers import NUMBER

PDF = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\ntrailer\n%%EOF\n"
PNG = b"\x89PNG\r\n\x1a\n" + b"\x00" * 20 + b"IEND\xaeB`\x82"
JPG = b"\xff\xd8\xff\xe0" + b"\x00" * 20 + b"\xff\xd9"


def test_a_number_brings_its_class_and_authority(session: Session, h: Hospital) -> None:
    national = papers.paper(session, h, "registration", "国械注进 2021 3 13 0647")
    assert (national.number, national.device_classes, national.authority) == (
        "国械注进20213130647",
        "3",
        "国家药品监督管理局",
    )
    local = papers.paper(session, h, "registration", "沪械注准20212140111")
    assert (local.device_classes, local.authority) == ("2", "上海市药品监督管理局")
    filed = papers.paper(session, h, "registration", "沪浦械备20210001号", authority="上海市浦东新区市场监督管理局")
    assert (filed.number, filed.device_classes) == ("沪浦械备20210001", "1")
    assert papers.paper(session, h, "registration", "国药准字S20193012").device_classes == ""


@pytest.mark.parametrize(
    ("number", "said", "code"),
    [
        ("20213130647", {}, "bad-registration-number"),
        ("国械注准2021313064", {}, "bad-registration-number"),
        ("国械注准20212130647", {}, "registration-contradicts"),
        ("沪械注准20213140111", {}, "registration-contradicts"),
        (NUMBER, {"device_classes": "2"}, "registration-contradicts"),
        (NUMBER, {"authority": "上海市药品监督管理局"}, "registration-contradicts"),
        ("沪械注准20212140111", {"authority": "江苏省药品监督管理局"}, "registration-contradicts"),
        (NUMBER, {"valid_to_on": date(2021, 12, 31)}, "ends-before-it-begins"),
    ],
)
def test_a_number_that_contradicts_is_refused(
    session: Session, h: Hospital, number: str, said: dict[str, object], code: str
) -> None:
    with pytest.raises(recording.Refused) as refused:
        papers.paper(session, h, "registration", number, **said)
    assert refused.value.code == code


def test_every_licence_but_a_products_says_whose_it_is(session: Session, h: Hospital) -> None:
    for kind in ("business", "operation", "production", "authorisation"):
        with pytest.raises(recording.HolderMissing):
            papers.paper(session, h, kind)
    with pytest.raises(recording.HolderMissing):
        papers.paper(session, h, "authorisation", party=h.stents, grantee=h.stents)


def test_asked_again_with_the_same_key_a_licence_is_recorded_once(session: Session, h: Hospital) -> None:
    seen = LicenceSeen(kind=LicenceKind.BUSINESS, number="B-1", party_id=h.stents.id, valid_from_on=date(2024, 1, 1))
    asked = build.occasion(h.keeper)
    first = licensing.record(session, asked, seen)
    assert licensing.record(session, asked, seen).id == first.id
    with pytest.raises(recording.VersionKnown):
        licensing.record(session, build.occasion(h.keeper), seen)
    assert len(session.scalars(select(Licence)).all()) == 1


def test_a_withdrawn_licence_counts_no_more_and_stays_to_be_seen(session: Session, h: Hospital) -> None:
    policies.settle(session, build.occasion(h.keeper), "licence.missing", "ignore")
    papers.stent(session)
    wrong = papers.paper(session, h, "registration", NUMBER, valid_to_on=date(2023, 1, 1))
    wanted = [Wanted(supplier_id=h.stents.id, product_id=1)]
    assert licensing.findings(session, wanted, on=TODAY, act="order")
    licensing.withdraw(session, build.occasion(h.keeper), wrong.id, reason="有效期录错")
    assert licensing.findings(session, wanted, on=TODAY, act="order") == []
    right = papers.paper(session, h, "registration", NUMBER)
    assert [one.id for one in licensing.worklist.versions(session, right)] == [right.id, wrong.id]
    with pytest.raises(recording.AlreadyWithdrawn):
        licensing.withdraw(session, build.occasion(h.keeper), wrong.id, reason="又一次")


@pytest.mark.parametrize(
    ("content", "name", "kept", "media_type"),
    [
        (PDF, r"C:\扫描件\营业执照.pdf", "营业执照.pdf", "application/pdf"),
        (PNG, "../../etc/passwd", "passwd.png", "image/png"),
        (JPG, "photo.jpeg", "photo.jpeg", "image/jpeg"),
    ],
)
def test_a_document_is_kept_as_it_came(
    session: Session, h: Hospital, content: bytes, name: str, kept: str, media_type: str
) -> None:
    licence = papers.paper(session, h, "business", party=h.stents, document=Upload(name=name, content=content))
    found = attachments.get(session, licence.attachment_id or 0)
    assert (found.name, found.media_type, found.size) == (kept, media_type, len(content))
    session.expire(found)
    assert found.content == content
    assert found.digest == hashlib.sha256(content).digest()


@pytest.mark.parametrize(
    "content",
    [b"", b"MZ\x90\x00exe", b"<html><script>alert(1)</script>", PDF[:20], b"GIF89a" + PDF, b"PK\x03\x04zip"],
)
def test_what_is_no_document_is_refused_whatever_it_is_called(session: Session, h: Hospital, content: bytes) -> None:
    with pytest.raises(WrongDocument):
        papers.paper(session, h, "business", party=h.stents, document=Upload(name="a.pdf", content=content))
    assert session.scalars(select(Licence)).all() == []


def test_a_document_has_a_largest_size(session: Session, h: Hospital) -> None:
    large = b"%PDF-" + b"x" * attachments.LIMIT + b"%%EOF"
    with pytest.raises(DocumentTooLarge):
        papers.paper(session, h, "business", party=h.stents, document=Upload(name="a.pdf", content=large))


def _lapsed(session: Session, h: Hospital) -> list[Wanted]:
    papers.stent(session)
    papers.paper(session, h, "registration", NUMBER, valid_to_on=date(2026, 1, 31))
    return [Wanted(supplier_id=h.stents.id, product_id=1)]


def test_a_second_person_lets_goods_pass_for_the_day(session: Session, h: Hospital) -> None:
    wanted, second = _lapsed(session, h), papers.colleague(session)
    asked = build.occasion(h.keeper)
    request = licensing.ask_override(session, asked, wanted, act="order", reason="手术急用, 续证在途")
    assert licensing.ask_override(session, asked, wanted, act="order", reason="手术急用, 续证在途").id == request.id
    with pytest.raises(Unlicensed):
        licensing.refuse_unlicensed(session, wanted, on=TODAY, act="order", override=request.id)
    with pytest.raises(SamePerson):
        licensing.decide(session, build.occasion(h.keeper), request.id, allowed=True, reason="我自己批")
    decision = licensing.decide(session, build.occasion(second), request.id, allowed=True, reason="续证受理单已核")
    assert (decision.decided_by_id, request.asked_by_id) == (second.id, h.keeper.id)
    assert licensing.find_override(session, h.stents.id, on=TODAY, act="order") == request.id
    assert licensing.refuse_unlicensed(session, wanted, on=TODAY, act="order", override=request.id)
    with pytest.raises(override.OverrideDecided):
        licensing.decide(session, build.occasion(second), request.id, allowed=False, reason="反悔")


def test_a_permission_is_for_its_day_its_act_and_what_was_asked(session: Session, h: Hospital) -> None:
    wanted, second = _lapsed(session, h), papers.colleague(session)
    request = licensing.ask_override(session, build.occasion(h.keeper), wanted, act="order", reason="急用")
    licensing.decide(session, build.occasion(second), request.id, allowed=True, reason="可")
    for act, on in (("receive", TODAY), ("order", TODAY + timedelta(1))):
        with pytest.raises(Unlicensed):
            licensing.refuse_unlicensed(session, wanted, on=on, act=act, override=request.id)
    papers.paper(session, h, "business", "B", party=h.stents, valid_to_on=date(2025, 1, 1))
    with pytest.raises(Unlicensed) as refused:
        licensing.refuse_unlicensed(session, wanted, on=TODAY, act="order", override=request.id)
    assert [one["kind"] for one in refused.value.facts["findings"]] == ["business"]


def test_a_permission_for_goods_made_on_one_day_is_not_for_those_of_another(session: Session, h: Hospital) -> None:
    _lapsed(session, h)
    second = papers.colleague(session)
    made = [Wanted(supplier_id=h.stents.id, product_id=1, produced_on=date(2026, 2, day)) for day in (1, 2)]
    request = licensing.ask_override(session, build.occasion(h.keeper), made[:1], act="receive", reason="急用")
    licensing.decide(session, build.occasion(second), request.id, allowed=True, reason="可")
    licensing.refuse_unlicensed(session, made[:1], on=TODAY, act="receive", override=request.id)
    with pytest.raises(Unlicensed):
        licensing.refuse_unlicensed(session, made, on=TODAY, act="receive", override=request.id)


def test_what_was_refused_lets_nothing_pass(session: Session, h: Hospital) -> None:
    wanted, second = _lapsed(session, h), papers.colleague(session)
    request = licensing.ask_override(session, build.occasion(h.keeper), wanted, act="order", reason="急用")
    licensing.decide(session, build.occasion(second), request.id, allowed=False, reason="换货")
    with pytest.raises(Unlicensed):
        licensing.refuse_unlicensed(session, wanted, on=TODAY, act="order", override=request.id)
    assert licensing.find_override(session, h.stents.id, on=TODAY, act="order") is None


def test_yesterdays_request_is_not_decided_today(session: Session, h: Hospital) -> None:
    wanted, second = _lapsed(session, h), papers.colleague(session)
    yesterday = build.occasion(h.keeper, at=NOW - timedelta(days=1))
    request = licensing.ask_override(session, yesterday, wanted, act="order", reason="急用")
    with pytest.raises(override.OverrideStale):
        licensing.decide(session, build.occasion(second), request.id, allowed=True, reason="可")


def test_a_hospital_may_let_nothing_pass(session: Session, h: Hospital) -> None:
    wanted, second = _lapsed(session, h), papers.colleague(session)
    request = licensing.ask_override(session, build.occasion(h.keeper), wanted, act="order", reason="急用")
    policies.settle(session, build.occasion(h.keeper), "licence.override", "never")
    with pytest.raises(override.NoOverride):
        licensing.decide(session, build.occasion(second), request.id, allowed=True, reason="可")
    with pytest.raises(override.NoOverride):
        licensing.ask_override(session, build.occasion(h.keeper), wanted, act="order", reason="急用")


def test_there_is_nothing_to_ask_where_nothing_blocks(session: Session, h: Hospital) -> None:
    with pytest.raises(override.NothingToOverride):
        licensing.ask_override(
            session, build.occasion(h.keeper), [Wanted(supplier_id=h.stents.id, product_id=1)], act="order", reason="?"
        )


@pytest.mark.parametrize("table", ["attachments", "licence_overrides", "licence_decisions"])
def test_what_was_said_and_shown_is_never_changed(session: Session, h: Hospital, table: str) -> None:
    wanted, second = _lapsed(session, h), papers.colleague(session)
    papers.paper(session, h, "business", "B", party=h.stents, document=Upload(name="a.pdf", content=PDF))
    request = licensing.ask_override(session, build.occasion(h.keeper), wanted, act="order", reason="急用")
    licensing.decide(session, build.occasion(second), request.id, allowed=True, reason="可")
    for statement in (f"DELETE FROM {table}", f"UPDATE {table} SET id = id"):
        with pytest.raises(DatabaseError, match="append-only"), session.begin_nested():
            session.execute(text(statement))
