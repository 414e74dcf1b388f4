"""The pages of orders and of suppliers, without scripts: from a proposal to labels; strangers see nothing."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace

import pytest
from flask import Flask
from sqlalchemy import select

from spd.core.transaction import reading, transaction
from spd.labelling import LabelPrint
from spd.ordering import Order
from spd.parties import Party
from spd.receiving import Delivery, packages_of
from spd.staff import Grant, Staff
from tests.pages.visiting import Visitor, visitor


@pytest.fixture
def database(app: Flask, there: SimpleNamespace) -> object:
    return app.extensions["spd.database"]


@pytest.fixture
def stranger(app: Flask, there: SimpleNamespace, database: object) -> Visitor:
    """Somebody of the maker of gauze."""
    with transaction(database) as session:  # type: ignore[arg-type]
        known = session.scalars(select(Staff).where(Staff.code == "supplier-1")).one()
        other = Staff(code="stranger-1", name="某某", password_hash=known.password_hash)
        session.add(other)
        session.flush()  # its number goes into the grant
        gauzes = session.scalars(select(Party.id).where(Party.code == "SUP-GAUZE")).one()
        session.add(Grant(staff_id=other.id, role="supplier", supplier_id=gauzes))
    return visitor(app, "stranger-1")


def press(who: Visitor, **said: str) -> str:
    """The page after a button of the form of steps is pressed."""
    form = who.form("/step")
    answer = who.client.post(form["action"], data=form["fields"] | said)
    return who.look(answer.location).text if answer.location else answer.text


def test_a_buyer_orders_by_hand_and_finance_approves(enter: Callable[..., Visitor], database: object) -> None:
    buyer, finance = enter("buyer"), enter("finance")
    buyer.look("/orders/new")
    page = buyer.client.post(
        "/orders/new",
        data=buyer.form("")["fields"]
        | {"supplier": "SUP-GAUZE", "location": "STORE", "product": ["GAUZE", ""], "quantity": ["100", ""]},
    )
    where = page.location
    assert where.startswith("/orders/PO")
    buyer.look(where)
    assert "waits for approval" in buyer.page.text  # type: ignore[union-attr]
    assert "may not decide it" in press(buyer, step="approve")
    finance.look(where)
    assert "approved" in press(finance, step="approve")
    buyer.look(where)
    assert "sent to the supplier" in press(buyer, step="send")
    finance.look(where)
    with pytest.raises(AssertionError):
        finance.form("/step")  # nothing is left for finance to decide


def test_what_cannot_be_read_keeps_every_word(enter: Callable[..., Visitor]) -> None:
    buyer = enter("buyer")
    buyer.look("/orders/new")
    said = buyer.form("")["fields"] | {"supplier": "SUP-GAUZE", "location": "STORE", "product": "GAUZE"}
    page = buyer.client.post("/orders/new", data=said | {"quantity": "many", "note": "handle with care"})
    assert "needs a product and a whole number" in page.text
    assert 'value="many"' in page.text
    assert "handle with care" in page.text


def test_a_supplier_answers_and_makes_a_note_with_cases_and_labels(
    enter: Callable[..., Visitor], there: SimpleNamespace, database: object
) -> None:
    rep = enter("supplier")
    rep.look(f"/supplier/orders/{there.order}/note")
    page = rep.client.post(
        f"/supplier/orders/{there.order}/note",
        data=rep.form("")["fields"]
        | {
            "code": "DN-NEW", "line": [f"{there.order}:STENT"], "lot": ["L7"], "expires_on": ["2028-09-30"],
            "produced_on": [""], "quantity": ["3"], "cases": ["2"], "serials": ["A1 A2\nA3"],
            "maker_invoice": "F-1", "own_invoice": "F-2", "between_invoices": "", "slip_number": "SX-9",
        },
    )  # fmt: skip
    assert page.location == "/supplier/notes/DN-NEW", page.text
    told = rep.look("/supplier/notes/DN-NEW").text
    assert "F-1 → F-2" in told
    with reading(database) as session:  # type: ignore[arg-type]
        note = session.scalars(select(Delivery).where(Delivery.code == "DN-NEW")).one()
        assert [(one.quantity, one.serial_list) for one in packages_of(session, note)] == [
            (2, ["A1", "A2"]),
            (1, ["A3"]),
        ]
    form = rep.form("/supplier/notes/DN-NEW/labels")
    assert rep.client.post(form["action"], data=form["fields"] | {"as": "pdf"}).data.startswith(b"%PDF")
    twice = rep.client.post(form["action"], data=form["fields"] | {"as": "sheet"}, headers={"Accept": "text/html"})
    assert (twice.status_code, "was printed before" in twice.text) == (422, True)
    rep.look("/supplier/notes/DN-NEW")
    assert "Reprint, because" in rep.page.text
    again = rep.fill("/supplier/notes/DN-NEW/labels", **{"as": "sheet"}, reason="Label lost")
    assert again.data.startswith(b"%PDF")
    with reading(database) as session:  # type: ignore[arg-type]
        prints = session.scalars(select(LabelPrint.number).where(LabelPrint.code == note.label)).all()
        assert sorted(prints) == [0, 1]
    rep.look("/supplier/notes/DN-NEW/amend")
    amended = rep.form("")["fields"] | {
        "line": [f"{there.order}:STENT"], "lot": ["L7"], "expires_on": ["2028-09-30"], "produced_on": [""],
        "quantity": ["2"], "cases": [""], "serials": [""],
    }  # fmt: skip
    assert rep.client.post("/supplier/notes/DN-NEW/amend", data=amended).location == "/supplier/notes/DN-NEW"
    assert "amended before anything came" in rep.look("/supplier/notes/DN-NEW").text


def test_more_than_is_open_is_refused_with_every_word_kept(
    enter: Callable[..., Visitor], there: SimpleNamespace
) -> None:
    rep = enter("supplier")
    rep.look(f"/supplier/orders/{there.order}/note")
    page = rep.client.post(
        f"/supplier/orders/{there.order}/note",
        data=rep.form("")["fields"]
        | {"code": "DN-NEW", "line": [f"{there.order}:STENT"], "lot": ["L7"], "quantity": ["4"]},
    )
    assert "3 个 of 冠脉支架 are still open" in page.text
    assert 'value="DN-NEW"' in page.text


def test_a_stranger_sees_nothing_of_another_supplier(stranger: Visitor, there: SimpleNamespace) -> None:
    for path in (f"/supplier/orders/{there.order}", f"/supplier/orders/{there.order}/note", "/supplier/notes/DN-STENT",
                 "/supplier/notes/DN-STENT/amend"):  # fmt: skip
        assert stranger.look(path).status_code == 404, path
    stranger.look("/supplier/notes")
    token = {"csrf_token": stranger.form("/language")["fields"]["csrf_token"]}
    assert stranger.client.post("/supplier/notes/DN-STENT/labels", data=token).status_code == 404
    for path in ("/supplier", "/supplier/orders", "/supplier/notes", "/supplier/stock", "/supplier/owed",
                 "/supplier/uses?from=2020-01-01", "/supplier/owed?month=2026-03"):  # fmt: skip
        page = stranger.look(path)
        assert page.status_code == 200, path
        for sign in (there.order, "DN-STENT", "STENT", "8600", "8,600", "心脉器械"):
            assert sign not in page.text, (path, sign)


def test_a_supplier_sees_its_goods_and_no_patient_or_department(
    enter: Callable[..., Visitor], there: SimpleNamespace
) -> None:
    rep = enter("supplier")
    seen = ""
    for path in ("/supplier", "/supplier/stock", "/supplier/uses?from=2020-01-01", "/supplier/owed",
                 "/supplier/owed?month=2026-03"):  # fmt: skip
        page = rep.look(path)
        assert page.status_code == 200, path
        seen += page.text
    assert "8,600" in seen
    for sign in ("张*三", "E-1", "W-1", "P-E", "心内", "Cardiology", "护士", "GAUZE"):
        assert sign not in seen, sign


def test_chosen_proposals_become_orders_at_one_tap(
    enter: Callable[..., Visitor], there: SimpleNamespace, database: object
) -> None:
    from tests import build
    from tests.ordering.given import Buying
    from tests.ordering.test_proposals import fix

    with transaction(database) as session:  # type: ignore[arg-type]
        staff = {one.code: one for one in session.scalars(select(Staff))}
        b = Buying(h=there.h, buyer=staff["buyer"], chief=staff["chief"], rep=staff["rep"])
        fix(session, b, there.h.store, "SCREW", 1, 2, 5)
        before = set(session.scalars(select(Order.code)))
    buyer = enter("buyer")
    page = buyer.look("/orders/proposals")
    assert "fixed quantity 2 to 5" in page.text
    said = buyer.form("")["fields"] | {"chosen": ["STORE:SCREW"], "quantity-STORE:SCREW": "5"}
    assert "whole number" in buyer.client.post("/orders/proposals", data=said | {"quantity-STORE:SCREW": "x"}).text
    assert buyer.client.post("/orders/proposals", data=said).status_code == 302
    with reading(database) as session:  # type: ignore[arg-type]
        made = session.scalars(select(Order).where(Order.code.not_in(before))).one()
        assert (made.state, made.placed_by_id) == ("submitted", staff["buyer-1"].id)
    assert build.TODAY.isoformat() in buyer.look("/orders").text or made.code in buyer.look("/orders").text
