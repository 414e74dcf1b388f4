"""A statement drafted while an invoice is being matched: what the one takes the other does not."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import UTC, datetime

from sqlalchemy import insert, select, text
from sqlalchemy.orm import Session

from spd import settlement
from spd.core.database import Database
from spd.core.transaction import reading, transaction
from spd.ledger import Posting
from spd.settlement import invoices
from spd.settlement.invoices import InvoiceMatch
from tests import build
from tests.build import Hospital
from tests.settlement.bills import entered, line, matched, staff
from tests.settlement.test_statements import drawn

_WAITS = text("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted")


def test_a_draft_waits_for_a_match_under_way(new_database: Callable[[str], Database]) -> None:
    database, drafted = new_database("postgresql"), []
    with transaction(database) as session:
        h = build.hospital(session)
        build.use(session, h, build.stents(session, h)[0])
        staff(session, "clerk")
        entered(session, "SUP-STENT", line("STENT", 1, "8600"))

    def draft() -> None:
        with transaction(database) as session:
            try:
                drafted.append(drawn(session).total)
            except settlement.NothingToSettle:
                drafted.append(None)

    other = threading.Thread(target=draft)
    with transaction(database) as session:
        matched(session, session.scalars(select(invoices.Invoice)).one())
        other.start()
        while other.is_alive() and not session.scalar(_WAITS):
            other.join(0.01)
    other.join()
    with reading(database) as session:
        assert (drafted, build.problems(session)) == ([None], [])
    database.dispose()


def test_the_proof_finds_what_is_on_a_draft_and_on_an_invoice(session: Session, h: Hospital) -> None:
    build.use(session, h, build.stents(session, h)[0])
    invoice = entered(session, "SUP-STENT", line("STENT", 1, "8600"))
    drawn(session)
    assert build.problems(session) == []
    (of,) = invoices.lines_of(session, invoice)
    posting = session.scalars(select(Posting.id).where(Posting.party_id == h.stents.id)).one()
    at = datetime(2026, 3, 2, 1, tzinfo=UTC)
    row = {"line_id": of.id, "posting_id": posting, "quantity": 1, "accrued": 8600, "billed": 8600, "matched_at": at}
    session.execute(insert(InvoiceMatch).values(**row, staff_id=h.keeper.id))
    assert [one.table for one in build.problems(session)] == ["statement_lines"]
