"""Who may do what: every address × every role, held against a table written here, apart from the program's own."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from flask import Flask
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from api import access, create_app
from spd import admission, disposal, replenishment
from spd.core.settings import Settings
from spd.core.transaction import transaction
from spd.disposal import Asked, Decision, Kind, ToDispose, Why
from spd.ledger import get_item_state
from spd.places import Location
from spd.recalls import Meant
from spd.staff import Grant, Role, Token
from spd.stock import fixed_quantities, holds
from spd.stock.fixed_quantities import Level
from tests import build
from tests.api.asking import Caller, World, digest, is_problem, label
from tests.api.conftest import SECRET
from tests.build import Hospital
from tests.counting.scene import counts_of, scene
from tests.recalls import acting
from tests.replenishment import asked as asked_for

NOBODY, DISABLED = "nobody", "disabled"
OPEN, ANYONE = "open", "anyone"

# Each role by one letter, in this order.
LETTERS = dict(
    zip(
        "nhkpbfqayesi",
        ("nurse", "head_nurse", "storekeeper", "porter", "buyer", "finance", "quality", "auditor", "system_admin",
         "security_admin", "supplier", "integration"),
        strict=True,
    )
)  # fmt: skip

# method, address, and who: letters hold in the whole hospital, letters after `own:` where the grant is.
EXPECTED = """
GET  /static/<path:filename>                 open
GET  /healthz                                open
GET  /readyz                                 open
GET  /api/v1/openapi.json                    open
GET  /docs                                   open
GET  /docs/assets/<path:name>                open
GET  /login                                  open
POST /login                                  open
POST /logout                                 open
POST /language                               open
GET  /                                       anyone
POST /                                       anyone
GET  /receive                                k
POST /receive                                k
GET  /receive/<path:code>                    k
POST /receive/<path:code>                    k
GET  /pack                                   k
POST /pack                                   k
GET  /deliver                                own:nhkp
POST /deliver                                own:nhkp
GET  /deliver/<code>/seal.<any(pdf,svg):kind> own:nhkp
GET  /bedside                                own:nh
POST /bedside                                own:nh
POST /bedside/undo/<int:movement>            own:nh
GET  /receiving/aside                        kbqa
GET  /receiving/aside/<int:number>           k
POST /receiving/aside/<int:number>           k
GET  /receiving/held                         kbqa
GET  /receiving/held/<int:number>            kq
POST /receiving/held/<int:number>            kq
GET  /receiving/many/<path:code>             k
POST /receiving/many/<path:code>             k
GET  /cards                                  anyone
GET  /cards/<name>.<any(pdf,svg):kind>       anyone
POST /api/v1/receipts/temperatures           ki
GET  /api/v1/receiving-exceptions            kbqai
POST /api/v1/receiving-exceptions/<int:number>/resolve ki
POST /api/v1/receiving-exceptions/<int:number>/receive ki
GET  /api/v1/inspections                     kbqai
POST /api/v1/inspections                     kqi
POST /api/v1/inspections/<int:number>/decide kq
GET  /stock                                  own:nhkpbfqai
GET  /stock/as-of                            own:nhkpbfqai
GET  /stock/expiry                           own:nhkpbfqai
GET  /stock/slow                             own:nhkpbfqai
GET  /stock/search                           own:nhkpbfqai
GET  /stock/holders                          nhkpbfqai
GET  /stock/held                             own:nhkbfqai
GET  /stock/held/new                         own:nhkqi
POST /stock/held/new                         own:nhkqi
GET  /stock/held/<int:number>                own:nhkbfqai
POST /stock/held/<int:number>                own:hkq
GET  /stock/write-offs                       own:nhkfqai
GET  /stock/write-offs/new                   own:nhki
POST /stock/write-offs/new                   own:nhki
GET  /stock/write-offs/<path:code>           own:nhkfqai
POST /stock/write-offs/<path:code>/approve   own:hkfq
POST /stock/write-offs/<path:code>/refuse    own:nhkfq
POST /stock/write-offs/<path:code>/found     own:hkfq
GET  /stock/returns                          own:hkbfqai
GET  /stock/returns/new                      own:hki
POST /stock/returns/new                      own:hki
GET  /stock/returns/<path:code>              own:hkbfqai
POST /stock/returns/<path:code>/sign-out     own:k
POST /stock/returns/<path:code>/cancel       own:hki
GET  /count                                  own:nhkfqai
POST /count                                  own:nhkfqai
GET  /count/new                              own:nhkfq
POST /count/new                              own:nhkfq
GET  /count/<code>                           own:nhkfq
POST /count/<code>                           own:nhkfq
GET  /count/<code>/review                    own:hkfqai
POST /count/<code>/review                    own:hkq
GET  /count/<code>/sheet                     own:nhkfqai
GET  /trace                                  own:nhkfqa
GET  /bind                                   b
POST /bind                                   b
GET  /trace-codes                            kqa
GET  /trace-codes/<code>                     kqa
POST /trace-codes/<code>/<int:alarm>         kq
GET  /finance                                own:hfa
GET  /finance/encounters                     own:fa
GET  /finance/encounters/<path:code>         own:fa
GET  /finance/drgs                           fa
GET  /finance/export/<report>.<any(xlsx,csv):kind> own:hfa
GET  /packing                                kbqa
POST /packing                                kb
GET  /packing/cards.pdf                      k
GET  /packing/labels                         kqa
GET  /kits                                   knhqa
POST /kits                                   kh
GET  /kits/bench                             knh
POST /kits/bench                             knh
GET  /kits/<code>/label.<any(pdf,svg):kind> knh
GET  /fixed                                  own:knhbqa
GET  /fixed/proposals                        own:kha
POST /fixed/proposals                        own:kh
POST /fixed/by-hand                          own:kh
GET  /fixed/pending                          own:khqa
POST /fixed/pending/<int:number>             own:hq
GET  /products                               nhkpbfqayi
GET  /products/<path:code>                   nhkpbfqayi
GET  /products/new                           b
POST /products/new                           b
GET  /products/<path:code>/change            b
POST /products/<path:code>/change            b
POST /products/<path:code>/retire            b
POST /products/<path:code>/prices            b
GET  /admissions                             own:hbfqa
GET  /admissions/new                         own:hb
POST /admissions/new                         own:hb
GET  /admissions/<int:number>                own:hbfqa
POST /admissions/<int:number>/assess         bq
POST /admissions/<int:number>/decide         qf
GET  /commitments                            bfqa
POST /commitments                            b
GET  /hospital                               yqfbkha
POST /hospital                               yqf
GET  /refill                                 own:nhkp
POST /refill/waves                           k
GET  /refill/waves                           kp
GET  /refill/waves/<code>                    kp
POST /refill/waves/<code>/finish             kp
GET  /refill/waves/<code>/list               kp
GET  /refill/waves/<code>/labels.pdf         kp
GET  /refill/waves/<code>/pick               kp
POST /refill/waves/<code>/pick               kp
POST /refill/waves/<code>/pick/undo/<item>   kp
GET  /refill/totes/<code>                    own:nhkp
POST /refill/totes/<code>/seal               kp
GET  /refill/shortages                       own:nhkp
GET  /refill/trouble                         kp
POST /refill/trouble                         kp
GET  /refill/ward                            own:nh
POST /refill/ward                            own:nh
POST /refill/cards                           own:hk
GET  /refill/exchange                        own:nhk
POST /refill/exchange                        own:nhk
GET  /refill/carry                           own:hk
POST /refill/carry                           own:hk
GET  /api/v1/fixed-quantities                own:nhkpbqai
POST /api/v1/fixed-quantities                own:hki
POST /api/v1/fixed-quantities/<int:number>/decision  own:hk
GET  /api/v1/refills                         own:nhkpbqai
POST /api/v1/refills                         own:nhki
POST /api/v1/refills/cards                   nhkpi
GET  /api/v1/refills/shortages               own:nhkpbqai
GET  /api/v1/refills/exchanges               own:nhkqai
POST /api/v1/refills/exchanges               own:nhk
GET  /api/v1/waves                           kpqai
POST /api/v1/waves                           ki
GET  /api/v1/waves/<code>                    kpqai
POST /api/v1/waves/<code>/picks              kpi
POST /api/v1/waves/<code>/put-back           kpi
POST /api/v1/waves/<code>/shorts             kpi
POST /api/v1/waves/<code>/totes/<tote>/seal  kpi
POST /api/v1/waves/<code>/finish             kpi
GET  /api/v1/dispatches/trouble              kpqai
POST /api/v1/tote-returns                    kpi
POST /api/v1/dispatches/<path:code>/missing  own:nhp
GET  /tasks/<int:number>                     anyone
GET  /tasks/<int:number>/progress            anyone
GET  /tasks/<int:number>/file                anyone
GET  /api/v1/me                              anyone
POST /api/v1/scans                           nhkpbfqayi
GET  /test-card                              nhky
GET  /test-card/<task>.svg                   nhky
POST /test-card                              nhky
POST /api/v1/scans/image                     nhkpbfqayi
POST /api/v1/packagings                      b
GET  /api/v1/mappings                        kbfqai
POST /api/v1/labels                          nhkyei
GET  /api/v1/labels/prints                   hkqayi
GET  /api/v1/labels/test-card                anyone
GET  /api/v1/printers                        nhkyei
POST /api/v1/printers                        y
GET  /api/v1/print-jobs                      nhkyei
POST /api/v1/print-jobs                      nhkyei
GET  /api/v1/print-jobs/<int:number>         nhkyei
POST /api/v1/print-jobs/<int:number>/send    nhkyei
POST /api/v1/print-jobs/<int:number>/cancel  nhkyei
GET  /api/v1/devices                         nhkyi
POST /api/v1/devices                         nhky
POST /api/v1/devices/<path:code>/tests       nhky
POST /api/v1/trace-codes/acts                nhki
GET  /api/v1/trace-codes/alarms              kqa
POST /api/v1/trace-codes/alarms/<int:alarm>/resolve  kq
GET  /api/v1/products                        nhkpbfqayi
GET  /api/v1/products/<path:code>            nhkpbfqayi
POST /api/v1/products                        bi
PATCH /api/v1/products/<path:code>           bi
GET  /api/v1/prices                          kbfqai
POST /api/v1/prices                          bi
GET  /api/v1/admissions                      own:hbfqa
POST /api/v1/admissions                      own:hb
POST /api/v1/admissions/<int:number>/assessment  bq
POST /api/v1/admissions/<int:number>/decision    qf
GET  /api/v1/commitments                     bfqa
POST /api/v1/commitments                     b
GET  /api/v1/suppliers                       kbfqai
GET  /api/v1/departments                     nhkpbfqayi
GET  /api/v1/locations                       nhkpbfqayi
GET  /api/v1/encounters                      own:nhqai
GET  /api/v1/encounters/<path:code>          own:nhqai
GET  /orders                                 kbfqai
GET  /orders/proposals                       kbfqai
POST /orders/proposals                       b
GET  /orders/new                             b
POST /orders/new                             b
GET  /orders/notes                           kbfqa
GET  /orders/notes/<path:code>               kbfqa
GET  /orders/<code>                          kbfqai
GET  /orders/<code>/order.pdf                kbfqai
GET  /orders/<code>/amend                    b
POST /orders/<code>/amend                    b
POST /orders/<code>/step                     bf
GET  /supplier                               s
GET  /supplier/orders                        s
GET  /supplier/orders/<code>                 s
POST /supplier/orders/<code>                 s
GET  /supplier/orders/<code>/note            s
POST /supplier/orders/<code>/note            s
GET  /supplier/notes                         s
GET  /supplier/notes/<path:code>             s
GET  /supplier/notes/<path:code>/amend       s
POST /supplier/notes/<path:code>/amend       s
GET  /supplier/notes/<path:code>/labels.pdf  s
GET  /supplier/stock                         s
GET  /supplier/uses                          s
GET  /supplier/owed                          s
GET  /api/v1/orders                          kbfqais
POST /api/v1/orders                          b
GET  /api/v1/orders/proposals                kbfqai
POST /api/v1/orders/proposals                b
GET  /api/v1/orders/<code>              kbfqais
POST /api/v1/orders/<code>/amend        b
POST /api/v1/orders/<code>/submit       b
POST /api/v1/orders/<code>/approve      bf
POST /api/v1/orders/<code>/refuse       bf
POST /api/v1/orders/<code>/send         b
POST /api/v1/orders/<code>/close        b
POST /api/v1/orders/<code>/cancel       b
POST /api/v1/orders/<code>/confirm      s
POST /api/v1/orders/<code>/decline      s
GET  /api/v1/deliveries                      kbqais
POST /api/v1/deliveries                      kbis
GET  /api/v1/deliveries/<path:code>          kbqais
POST /api/v1/deliveries/<path:code>/amend    kbis
POST /api/v1/deliveries/<path:code>/close    ki
POST /api/v1/receipts                        ki
POST /api/v1/packs                           ki
GET  /api/v1/labels                          hki
POST /api/v1/dispatches                      own:hkpi
GET  /api/v1/dispatches/<path:code>          own:nhkpqai
POST /api/v1/dispatches/<path:code>/sign     own:nhkp
POST /api/v1/transfers                       own:hki
GET  /api/v1/items                           own:nhkpbfqai
GET  /api/v1/items/<path:code>               own:nhkpbfqai
GET  /api/v1/stock                           own:nhkpbfqai
GET  /api/v1/stock/views                     own:nhkpbfqai
GET  /api/v1/stock/slow                      own:nhkpbfqai
GET  /api/v1/stock/search                    own:nhkpbfqai
GET  /api/v1/stock/holders/<path:product>    nhkpbfqai
GET  /api/v1/holds                           own:nhkbfqai
POST /api/v1/holds                           own:nhkqi
POST /api/v1/holds/release                   own:hkq
GET  /api/v1/write-offs                      own:nhkfqai
POST /api/v1/write-offs                      own:nhki
GET  /api/v1/write-offs/<path:code>          own:nhkfqai
POST /api/v1/write-offs/<path:code>/approve  own:hkfq
POST /api/v1/write-offs/<path:code>/refuse   own:nhkfq
POST /api/v1/write-offs/found                own:hkfq
GET  /api/v1/returns                         own:hkbfqai
POST /api/v1/returns                         own:hki
GET  /api/v1/returns/<path:code>             own:hkbfqai
POST /api/v1/returns/<path:code>/sign-out    own:ki
POST /api/v1/returns/<path:code>/cancel      own:hki
GET  /api/v1/counts                          own:nhkfqai
GET  /api/v1/counts/due                      own:nhkfqai
POST /api/v1/counts                          own:nhkfq
GET  /api/v1/counts/<path:code>              own:nhkfqai
POST /api/v1/counts/<path:code>/places       own:nhkfq
POST /api/v1/counts/<path:code>/lines        own:nhkfq
POST /api/v1/counts/<path:code>/recounts     own:nhkfq
POST /api/v1/counts/<path:code>/finish       own:nhkfq
GET  /api/v1/counts/<path:code>/differences  own:hkfqai
POST /api/v1/counts/<path:code>/reasons      own:hkq
POST /api/v1/counts/<path:code>/approve      own:hkq
POST /api/v1/counts/<path:code>/close        own:hkq
POST /api/v1/counts/<path:code>/cancel       own:hkq
POST /api/v1/uses                            own:nhi
GET  /api/v1/uses                            own:nhfqai
POST /api/v1/reversals                       own:nhi
GET  /api/v1/trace/<path:code>               own:nhkfqa
GET  /api/v1/trace                           kfqa
GET  /api/v1/costs/departments               own:hfa
GET  /api/v1/costs/products                  own:hfa
GET  /api/v1/costs/uses                      own:hfa
GET  /api/v1/costs/encounters                own:fa
GET  /api/v1/costs/encounters/<path:code>    own:fa
GET  /api/v1/costs/drgs                      fa
GET  /api/v1/costs/partition                 fa
GET  /api/v1/recalls                         hkbqa
POST /api/v1/recalls                         kq
GET  /api/v1/recalls/deny-list               nhkpbfqayi
GET  /api/v1/recalls/drills                  hkbqa
GET  /api/v1/recalls/<code>                  hkbqa
POST /api/v1/recalls/<code>/preview          kq
POST /api/v1/recalls/<code>/open             kq
GET  /api/v1/recalls/<code>/places           hkbqa
GET  /api/v1/recalls/<code>/patients         own:hqa
POST /api/v1/recalls/<code>/outreach         own:hq
POST /api/v1/recalls/<code>/release          kq
POST /api/v1/recalls/<code>/explain          kq
POST /api/v1/recalls/<code>/close            q
POST /api/v1/recalls/<code>/reopen           q
POST /api/v1/recalls/<code>/withdraw         q
GET  /recalls                                hkbqa
GET  /recalls/new                            kq
POST /recalls/new                            kq
GET  /recalls/patients                       own:hqa
GET  /recalls/patients/<int:number>          own:hqa
POST /recalls/patients/<int:number>          own:hq
POST /recalls/<code>/contacted               own:hq
GET  /recalls/drills/<month>                 hkbqa
GET  /recalls/<code>                         hkbqa
GET  /recalls/<code>/progress                hkbqa
POST /recalls/<code>/act                     kq
POST /recalls/<code>/decide                  q
GET  /api/v1/journal                         fa
GET  /api/v1/verifications                   fqay
GET  /imports                                by
GET  /imports/new                            by
POST /imports/new                            by
GET  /imports/template/<kind>.xlsx           by
GET  /imports/<int:number>/columns           by
POST /imports/<int:number>/columns           by
GET  /imports/<int:number>                   by
POST /imports/<int:number>/preview           by
POST /imports/<int:number>/apply             by
GET  /licences                               kbqa
GET  /licences/missing                       kbqa
GET  /licences/<int:number>                  kbqa
GET  /licences/<int:number>/document         kbqa
GET  /licences/new                           bq
POST /licences/new                           bq
POST /licences/<int:number>/withdraw         bq
GET  /licences/overrides                     kbqa
GET  /licences/overrides/new                 kbq
POST /licences/overrides/new                 kbq
GET  /licences/overrides/<int:number>        kbqa
POST /licences/overrides/<int:number>        bq
GET  /api/v1/licences                        kbqai
GET  /api/v1/licences/<int:number>           kbqai
GET  /api/v1/licences/<int:number>/document  kbqai
POST /api/v1/licences                        bqi
GET  /api/v1/licences/overrides              kbqai
POST /api/v1/licences/overrides              kbq
POST /api/v1/licences/overrides/<int:number>/decide bq
"""


def expected() -> dict[tuple[str, str], str]:
    rows = (line.split() for line in EXPECTED.strip().splitlines())
    return {(method, address): who for method, address, who in rows}


def of_interface(rows: dict[tuple[str, str], str]) -> list[tuple[str, str]]:
    return [row for row in rows if row[1].startswith("/api/v1/") and rows[row] != OPEN]


def may(who: str, person: str) -> bool:
    if who == OPEN:
        return True
    if person in (NOBODY, DISABLED):
        return False
    letters = {role: letter for letter, role in LETTERS.items()}
    return who == ANYONE or letters[person] in who.removeprefix("own:")


NAMES = {
    "<path:name>": "index.css", "<path:filename>": "icons.svg", "<int:movement>": "1", "<report>": "departments",
    "<any(pdf,svg):kind>": "pdf", "<any(xlsx,csv):kind>": "csv", "<int:number>": "1", "<int:alarm>": "1",
    "<task>": "bars",
}  # fmt: skip


def asked(world: World, method: str, address: str, headers: dict[str, str]) -> TestResponse:
    path = re.sub("<.*?>", lambda found: NAMES.get(found[0], "X"), address)
    body = {"json": {}} if method == "POST" and address.startswith("/api/") else {}
    client = world.app.test_client(use_cookies=False)
    return client.open(path, method=method, headers=headers, buffered=True, **body)


def headers_of(world: World, person: str) -> dict[str, str]:
    if person == NOBODY:
        return {}
    token = world.token("auditor", disabled=True) if person == DISABLED else world.token(person)
    return {"Authorization": f"Bearer {token}"}


def test_every_address_is_in_the_table_and_nothing_else(app: Flask) -> None:
    there = {
        (method, rule.rule.replace(", ", ","))
        for rule in app.url_map.iter_rules()
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }
    assert there == set(expected())


@pytest.mark.parametrize("person", [*(str(role) for role in Role), NOBODY, DISABLED])
def test_a_person_may_do_what_the_table_says_and_no_more(embedded: World, person: str) -> None:
    rows, headers = expected(), headers_of(embedded, person)
    wrong = []
    for method, address in of_interface(rows):
        answer = asked(embedded, method, address, headers)
        if may(rows[method, address], person):
            right = answer.status_code < 500 and answer.status_code not in (401, 403, 405)
        else:
            right = answer.status_code == (401 if person in (NOBODY, DISABLED) else 403)
        if not right:
            wrong.append((method, address, answer.status_code))
    assert wrong == []


@pytest.mark.parametrize("person", [NOBODY, DISABLED, "supplier"])
def test_what_is_open_is_open_to_all(embedded: World, person: str) -> None:
    for (method, address), who in expected().items():
        if who == OPEN and method == "GET" and address != "/login":
            answer = asked(embedded, method, address, headers_of(embedded, NOBODY))
            assert answer.status_code in (200, 404), (address, answer.status_code)


def of_pages(rows: dict[tuple[str, str], str]) -> list[tuple[str, str]]:
    return [row for row in rows if not row[1].startswith("/api/") and rows[row] != OPEN]


@pytest.mark.parametrize("person", [*(str(role) for role in Role), NOBODY, DISABLED])
def test_a_person_may_open_the_pages_that_the_table_says_and_no_more(embedded: World, person: str) -> None:
    rows, headers = expected(), headers_of(embedded, person)
    wrong = []
    for method, address in of_pages(rows):
        answer = asked(embedded, method, address, headers)
        if may(rows[method, address], person):
            right = answer.status_code < 500 and answer.status_code not in (401, 403, 405)
        elif person == NOBODY:  # a page leads to the login; a form without a token of a page is no form
            sent = answer.status_code == 302 and answer.location.startswith("/login?next=")
            right = sent if method == "GET" else answer.status_code == 400
        else:
            right = answer.status_code == (401 if person == DISABLED else 403)
        if not right:
            wrong.append((method, address, answer.status_code))
    assert wrong == []


def test_the_people_of_this_test_are_all_there_are() -> None:
    assert set(LETTERS.values()) == {str(role) for role in Role}


@pytest.mark.parametrize("endpoint", ["uses.record", "trace.item", "pages.home", "static", "healthz"])
def test_an_address_without_a_row_keeps_the_program_from_starting(
    monkeypatch: pytest.MonkeyPatch, endpoint: str, app: Flask
) -> None:
    named = endpoint if endpoint in access.TABLE else "health.healthz"
    monkeypatch.delitem(access.TABLE, named)
    with pytest.raises(AssertionError, match=named):
        create_app(Settings(database_url="sqlite://", secret_key=SECRET), app.extensions["spd.database"])


def test_a_row_without_an_address_keeps_the_program_from_starting(monkeypatch: pytest.MonkeyPatch, app: Flask) -> None:
    monkeypatch.setitem(access.TABLE, "uses.forget", access.OPEN)
    with pytest.raises(AssertionError, match=r"uses\.forget"):
        create_app(Settings(database_url="sqlite://", secret_key=SECRET), app.extensions["spd.database"])


# What belongs to cardiology, asked for by cardiology and by surgery.


WISH = {"department": "CARD", "name": "缝线", "unit_price": "48", "expected_monthly": 1, "reason": "x"}


@pytest.fixture
def things(embedded: World) -> dict[str, Any]:
    """A tote on its way to cardiology, two packs there, one of them used, a stent used on a patient of it."""
    h = embedded.h
    with transaction(embedded.database) as session:
        packs = build.packs(session, h, 3)
        stent = build.stents(session, h)[0]
        use = build.use(session, h, stent)
        build.use(session, h, packs[0], encounter=None)
        waiting = build.packs(session, h, 1, at=h.store)
        wish = admission.Wish(
            department=h.cardiology, name="缝线", unit_price=Decimal(48), reason="x", expected_monthly=1
        )
        admission.ask(session, build.occasion(h.nurse), wish)
        counts = counts_of(scene(session, h), h.ward)
    seal = embedded.asking("porter").post("/dispatches", {"items": waiting, "to": "CARD-W"}).get_json()["code"]
    with transaction(embedded.database) as session:
        stopped = _stopped(session, h) | _refill(session, h)
        stopped |= {"recall": acting.opened(session, h, Meant(product="STENT")).code}
    told = {"pack": packs[1], "carried": packs[2], "stent": stent, "use": use.movement_id, "seal": seal, "wish": WISH}
    return told | stopped | counts


def _refill(session: Session, h: Hospital) -> dict[str, Any]:
    """Cardiology needs packs, lacks some, asks for another level, and has a pack that the laboratory would use."""
    place = Location(code="LAB-W", name="检验科库", kind="ward", department_id=h.lab.id)
    session.add(place)
    session.flush()  # its number goes into what follows
    asked_for.level(session, h, pack=20, lower=8, upper=12)
    replenishment.finish(session, build.occasion(h.keeper), asked_for.wave(session, h))
    level = Level(location_id=h.ward.id, product_id=1, lower=1, upper=3)
    (proposal,) = fixed_quantities.propose(session, build.occasion(h.nurse), [level])
    soon = asked_for.packs(session, h, 1, expires=build.TODAY + timedelta(days=10), at=h.ward)[0]
    there = asked_for.packs(session, h, 5, at=place)
    for code in there[1:]:
        build.use(session, h, code, encounter=None)
    return {"proposal": proposal.id, "soon": soon, "late": there[0]}


def _stopped(session: Session, h: Hospital) -> dict[str, Any]:
    """In cardiology: a pack on hold, one asked to be written off, one to go back, one written off."""
    held, lost, back, gone = build.packs(session, h, 4)
    why = holds.Why(reason=holds.HoldReason.DAMAGED)
    holds.place(session, build.occasion(h.keeper), [get_item_state(session, held)], why)
    documents = []
    for code, kind in ((lost, Kind.WRITE_OFF), (back, Kind.RETURN), (gone, Kind.WRITE_OFF)):
        act = disposal.ask if kind is Kind.WRITE_OFF else disposal.prepare
        occasion = build.occasion(h.keeper)
        asked = ToDispose(occasion=occasion, kind=kind, lines=[Asked(item=code)], reason=Why.DAMAGED)
        documents.append(act(session, asked)[0].code)
    disposal.approve(session, Decision(occasion=build.occasion(h.nurse), document=documents[2]))
    number = holds.open_holds(session, [get_item_state(session, held).id])[0].id
    return {"hold": number, "loss": documents[0], "back": documents[1], "gone": gone}


Asking = Callable[[Caller, dict[str, Any]], TestResponse]
MONTH = "2026-03"

# For every address that holds where the grant is: how it is asked for cardiology's, a role, and what surgery gets:
# a refusal, or an answer with nothing of cardiology in it.
OWN: dict[tuple[str, str], tuple[str, Asking, tuple[int, str] | None]] = {
    ("GET", "/api/v1/encounters"): ("nurse", lambda c, t: c.get("/encounters", department="CARD"), None),
    ("GET", "/api/v1/encounters/<path:code>"): ("nurse", lambda c, t: c.get("/encounters/E-1"), (403, "not-allowed")),
    ("GET", "/api/v1/dispatches/<path:code>"): (
        "nurse", lambda c, t: c.get(f"/dispatches/{t['seal']}"), (403, "not-allowed"),
    ),
    ("POST", "/api/v1/dispatches/<path:code>/sign"): (
        "nurse", lambda c, t: c.post(f"/dispatches/{t['seal']}/sign", {"location": "CARD-W"}), (403, "not-your-ward"),
    ),
    ("POST", "/api/v1/dispatches"): (
        "head_nurse", lambda c, t: c.post("/dispatches", {"items": [t["carried"]], "to": "STORE"}),
        (422, "other-department"),
    ),
    ("POST", "/api/v1/dispatches/<path:code>/missing"): (
        "nurse", lambda c, t: c.post(f"/dispatches/{t['seal']}/missing"), (403, "not-your-ward"),
    ),
    ("GET", "/api/v1/fixed-quantities"): ("nurse", lambda c, t: c.get("/fixed-quantities"), None),
    ("POST", "/api/v1/fixed-quantities"): (
        "head_nurse", lambda c, t: c.post("/fixed-quantities", {"levels": [
            {"location": "CARD-W", "product": "STENT", "lower": 1, "upper": 4},
        ]}), (403, "not-allowed"),
    ),
    ("POST", "/api/v1/fixed-quantities/<int:number>/decision"): (
        "head_nurse", lambda c, t: c.post(f"/fixed-quantities/{t['proposal']}/decision", {"approve": True}),
        (403, "not-allowed"),
    ),
    ("GET", "/api/v1/refills"): ("nurse", lambda c, t: c.get("/refills"), None),
    ("POST", "/api/v1/refills"): (
        "nurse", lambda c, t: c.post("/refills", {"location": "CARD-W", "product": "STENT", "packs": 2}),
        (403, "not-your-ward"),
    ),
    ("GET", "/api/v1/refills/shortages"): ("nurse", lambda c, t: c.get("/refills/shortages"), None),
    ("GET", "/api/v1/refills/exchanges"): ("nurse", lambda c, t: c.get("/refills/exchanges"), None),
    ("POST", "/api/v1/refills/exchanges"): (
        "nurse", lambda c, t: c.post("/refills/exchanges", {"item": t["soon"], "back": t["late"]}),
        (422, "other-department"),
    ),
    ("POST", "/api/v1/transfers"): (
        "head_nurse", lambda c, t: c.post("/transfers", {"items": [t["carried"]], "to": "SURG-T"}),
        (422, "other-department"),
    ),
    ("GET", "/api/v1/items"): ("nurse", lambda c, t: c.get("/items", location="CARD-W"), (403, "not-allowed")),
    ("GET", "/api/v1/items/<path:code>"): ("nurse", lambda c, t: c.get(f"/items/{t['pack']}"), (403, "not-allowed")),
    ("GET", "/api/v1/stock"): ("nurse", lambda c, t: c.get("/stock", location="CARD-W"), (403, "not-allowed")),
    ("GET", "/api/v1/stock/views"): (
        "nurse", lambda c, t: c.get("/stock/views", location="CARD-W"), (403, "not-allowed"),
    ),
    ("GET", "/api/v1/stock/slow"): (
        "nurse", lambda c, t: c.get("/stock/slow", location="CARD-W", idle_days=1, cover_days=1),
        (403, "not-allowed"),
    ),
    ("GET", "/api/v1/stock/search"): ("nurse", lambda c, t: c.get("/stock/search", q=t["pack"]), None),
    ("GET", "/api/v1/holds"): ("nurse", lambda c, t: c.get("/holds"), None),
    ("POST", "/api/v1/holds"): (
        "nurse", lambda c, t: c.post("/holds", {"reason": "damaged", "items": [t["pack"]]}),
        (422, "other-department"),
    ),
    ("POST", "/api/v1/holds/release"): (
        "head_nurse", lambda c, t: c.post("/holds/release", {"holds": [t["hold"]], "note": "x"}),
        (404, "unknown-hold"),
    ),
    ("GET", "/api/v1/write-offs"): ("nurse", lambda c, t: c.get("/write-offs"), None),
    ("POST", "/api/v1/write-offs"): (
        "nurse", lambda c, t: c.post("/write-offs", {"lines": [{"scan": t["pack"]}], "reason": "lost"}),
        (422, "other-department"),
    ),
    ("GET", "/api/v1/write-offs/<path:code>"): (
        "nurse", lambda c, t: c.get(f"/write-offs/{t['loss']}"), (404, "unknown-disposal"),
    ),
    ("POST", "/api/v1/write-offs/<path:code>/approve"): (
        "head_nurse", lambda c, t: c.post(f"/write-offs/{t['loss']}/approve", {}), (404, "unknown-disposal"),
    ),
    ("POST", "/api/v1/write-offs/<path:code>/refuse"): (
        "head_nurse", lambda c, t: c.post(f"/write-offs/{t['loss']}/refuse", {"note": "x"}),
        (404, "unknown-disposal"),
    ),
    ("POST", "/api/v1/write-offs/found"): (
        "head_nurse", lambda c, t: c.post("/write-offs/found", {"scan": t["gone"], "note": "x"}),
        (422, "other-department"),
    ),
    ("GET", "/api/v1/returns"): ("head_nurse", lambda c, t: c.get("/returns"), None),
    ("POST", "/api/v1/returns"): (
        "head_nurse", lambda c, t: c.post("/returns", {"lines": [{"scan": t["pack"]}], "reason": "unused"}),
        (422, "other-department"),
    ),
    ("GET", "/api/v1/returns/<path:code>"): (
        "head_nurse", lambda c, t: c.get(f"/returns/{t['back']}"), (404, "unknown-disposal"),
    ),
    ("POST", "/api/v1/returns/<path:code>/sign-out"): (
        "storekeeper", lambda c, t: c.post(f"/returns/{t['back']}/sign-out", {"note": "x"}),
        (404, "unknown-disposal"),
    ),
    ("POST", "/api/v1/returns/<path:code>/cancel"): (
        "head_nurse", lambda c, t: c.post(f"/returns/{t['back']}/cancel", {"note": "x"}),
        (404, "unknown-disposal"),
    ),
    ("GET", "/api/v1/counts"): ("nurse", lambda c, t: c.get("/counts"), None),
    ("GET", "/api/v1/counts/due"): ("nurse", lambda c, t: c.get("/counts/due"), None),
    ("POST", "/api/v1/counts"): (
        "nurse", lambda c, t: c.post("/counts", {"kind": "location", "locations": ["CARD-W"]}), (403, "not-allowed"),
    ),
    ("GET", "/api/v1/counts/<path:code>"): (
        "nurse", lambda c, t: c.get(f"/counts/{t['planned']}"), (403, "not-allowed"),
    ),
    ("POST", "/api/v1/counts/<path:code>/places"): (
        "nurse", lambda c, t: c.post(f"/counts/{t['planned']}/places", {"location": "CARD-W"}), (403, "not-allowed"),
    ),
    ("POST", "/api/v1/counts/<path:code>/lines"): (
        "nurse", lambda c, t: c.post(f"/counts/{t['planned']}/lines", {"location": "CARD-W", "scan": "nothing"}),
        (403, "not-allowed"),
    ),
    ("POST", "/api/v1/counts/<path:code>/recounts"): (
        "nurse", lambda c, t: c.post(f"/counts/{t['review']}/recounts", {"location": "CARD-W", "scan": "nothing"}),
        (403, "not-allowed"),
    ),
    ("POST", "/api/v1/counts/<path:code>/finish"): (
        "nurse", lambda c, t: c.post(f"/counts/{t['on']}/finish"), (403, "not-allowed"),
    ),
    ("GET", "/api/v1/counts/<path:code>/differences"): (
        "head_nurse", lambda c, t: c.get(f"/counts/{t['review']}/differences"), (403, "not-allowed"),
    ),
    ("POST", "/api/v1/counts/<path:code>/reasons"): (
        "head_nurse",
        lambda c, t: c.post(
            f"/counts/{t['review']}/reasons", {"reasons": [{"subject": t["unknown"], "reason": "settled"}]}
        ),
        (403, "not-allowed"),
    ),
    ("POST", "/api/v1/counts/<path:code>/approve"): (
        "head_nurse", lambda c, t: c.post(f"/counts/{t['review']}/approve"), (403, "not-allowed"),
    ),
    ("POST", "/api/v1/counts/<path:code>/close"): (
        "head_nurse", lambda c, t: c.post(f"/counts/{t['approved']}/close"), (403, "not-allowed"),
    ),
    ("POST", "/api/v1/counts/<path:code>/cancel"): (
        "head_nurse", lambda c, t: c.post(f"/counts/{t['planned']}/cancel"), (403, "not-allowed"),
    ),
    ("POST", "/api/v1/uses"): (
        "nurse", lambda c, t: c.post("/uses", {"scan": t["pack"]}), (422, "other-department"),
    ),
    ("GET", "/api/v1/uses"): ("nurse", lambda c, t: c.get("/uses", month=MONTH, department="CARD"), None),
    ("POST", "/api/v1/reversals"): (
        "nurse", lambda c, t: c.post("/reversals", {"movement_id": t["use"], "reason": "x"}),
        (403, "not-your-department"),
    ),
    ("GET", "/api/v1/trace/<path:code>"): ("nurse", lambda c, t: c.get(f"/trace/{t['stent']}"), (403, "not-allowed")),
    ("GET", "/api/v1/costs/departments"): (
        "head_nurse", lambda c, t: c.get("/costs/departments", month=MONTH, department="CARD"), None,
    ),
    ("GET", "/api/v1/costs/products"): (
        "head_nurse", lambda c, t: c.get("/costs/products", month=MONTH, department="CARD"), None,
    ),
    ("GET", "/api/v1/costs/uses"): (
        "head_nurse", lambda c, t: c.get("/costs/uses", month=MONTH, department="CARD"), None,
    ),
    ("GET", "/api/v1/costs/encounters"): ("finance", lambda c, t: c.get("/costs/encounters", month=MONTH), None),
    ("GET", "/api/v1/admissions"): ("head_nurse", lambda c, t: c.get("/admissions"), None),
    ("POST", "/api/v1/admissions"): ("head_nurse", lambda c, t: c.post("/admissions", t["wish"]), (403, "not-allowed")),
    ("GET", "/api/v1/costs/encounters/<path:code>"): ("finance", lambda c, t: c.get("/costs/encounters/E-1"), None),
    ("GET", "/api/v1/recalls/<code>/patients"): (
        "head_nurse", lambda c, t: c.get(f"/recalls/{t['recall']}/patients"), None,
    ),
    ("POST", "/api/v1/recalls/<code>/outreach"): (
        "head_nurse",
        lambda c, t: c.post(f"/recalls/{t['recall']}/outreach", {"patients": ["P-E-1"], "step": "contacted"}),
        (403, "not-allowed"),
    ),
}  # fmt: skip


def test_every_address_that_holds_where_the_grant_is_is_asked_for_both() -> None:
    assert set(OWN) == {
        row for row, who in expected().items() if who.startswith("own:") and row in of_interface(expected())
    }


def _rows(told: Any) -> Iterator[Any]:
    """Whatever an answer lists, at any depth."""
    if isinstance(told, list):
        yield from told
    for value in told.values() if isinstance(told, dict) else told:
        if isinstance(value, dict | list):
            yield from _rows(value)


@pytest.mark.parametrize("row", list(OWN))
def test_what_is_cardiologys_is_refused_to_surgery_and_given_to_cardiology(
    embedded: World, things: dict[str, Any], row: tuple[str, str]
) -> None:
    role, ask, refusal = OWN[row]
    before = embedded.books()
    foreign = ask(embedded.asking(role, embedded.h.surgery), things)
    if refusal is None:
        assert foreign.status_code == 200
        assert list(_rows(foreign.get_json())) == []
    else:
        is_problem(foreign, *refusal)
    assert embedded.books() == before
    own = ask(embedded.asking(role, embedded.h.cardiology), things)
    assert own.status_code in (200, 201), own.get_json()
    assert list(_rows(own.get_json())) or "code" in own.get_json() or own.status_code == 201
    everywhere = embedded.asking(role)
    if row[0] == "GET":
        assert ask(everywhere, things).status_code == 200


def test_a_grant_in_two_departments_holds_in_both(embedded: World, things: dict[str, Any]) -> None:
    surgeon = Caller(embedded, {"Authorization": f"Bearer {embedded.token('nurse', department=embedded.h.surgery)}"})
    is_problem(surgeon.get("/stock", location="CARD-W"), 403, "not-allowed")
    with transaction(embedded.database) as session:
        token = surgeon.headers["Authorization"].removeprefix("Bearer ")
        staff = session.query(Token).filter_by(digest=digest(token)).one().staff_id
        session.add(Grant(staff_id=staff, role="nurse", department_id=embedded.h.cardiology.id))
    assert surgeon.get("/stock", location="CARD-W").status_code == 200
    assert surgeon.get("/stock", location="SURG-T").status_code == 200


def test_a_role_of_one_department_lends_nothing_to_a_role_of_another(embedded: World, things: dict[str, Any]) -> None:
    """Head nurse in surgery, quality in cardiology: she signs for nothing in cardiology."""
    with transaction(embedded.database) as session:
        token = embedded.token("nurse", department=embedded.h.surgery)
        staff = session.query(Token).filter_by(digest=digest(token)).one().staff_id
        session.add(Grant(staff_id=staff, role="quality", department_id=embedded.h.cardiology.id))
    both = Caller(embedded, {"Authorization": f"Bearer {token}", "Accept-Language": "en"})
    both.refused(f"/dispatches/{things['seal']}/sign", {"location": "CARD-W"}, 403, "not-your-ward")
    both.refused("/uses", {"scan": label(things["stent"]), "encounter": "W-1"}, 409, "already-used")
    both.refused("/uses", {"scan": things["pack"]}, 422, "other-department")
    assert both.get("/stock", location="CARD-W").status_code == 200


@pytest.mark.parametrize(
    ("role", "path"),
    [
        ("nurse", "/stock?location=CARD-W"), ("nurse", "/trace?code={stent}"),
        ("head_nurse", f"/finance?month={MONTH}"),
        ("head_nurse", f"/finance?month={MONTH}&department=CARD"), ("finance", f"/finance/encounters?month={MONTH}"),
        ("finance", "/finance/encounters/E-1"), ("head_nurse", f"/finance/export/departments.csv?month={MONTH}"),
        ("head_nurse", f"/finance/export/uses.csv?month={MONTH}&department=CARD"),
        ("nurse", "/deliver/{seal}/seal.svg"),
        ("nurse", "/stock"), ("nurse", "/stock?by=item"), ("nurse", "/stock/as-of?at=2026-03-02T10:00&by=item"),
        ("nurse", "/stock/expiry"), ("nurse", "/stock/slow?idle_days=1&cover_days=1"),
        ("nurse", "/stock/search?words={stent}"), ("nurse", "/stock/held"), ("nurse", "/stock/held/{hold}"),
        ("nurse", "/stock/write-offs"), ("nurse", "/stock/write-offs/{loss}"), ("head_nurse", "/stock/returns/{back}"),
    ],
)  # fmt: skip
def test_pages_show_surgery_nothing_of_cardiology(
    embedded: World, things: dict[str, Any], role: str, path: str
) -> None:
    caller = embedded.asking(role, embedded.h.surgery)
    answer = embedded.app.test_client().get(path.format(**things), headers=caller.headers)
    page = answer.get_data(as_text=True)
    assert answer.status_code in (200, 403, 404, 422), answer.status_code
    for sign in ("8600", "8,600", "8670", "8,670", things["pack"], "张*三"):
        assert sign not in page.replace(things["stent"], ""), (path, sign)


PAGES = (
    "/stock",
    "/stock/as-of",
    "/stock/expiry",
    "/stock/slow",
    "/stock/search",
    "/stock/holders",
    "/stock/held",
    "/stock/write-offs",
    "/stock/returns",
    "/trace",
    "/finance",
    "/finance/encounters",
    "/finance/drgs",
    "/finance/export/departments.csv",
)
NAMED = (
    "by",
    "at",
    "words",
    "idle_days",
    "location",
    "scan",
    "product",
    "after",
    "code",
    "lot",
    "month",
    "department",
    "product_class",
    "chargeable",
)


@pytest.mark.parametrize(
    "value", ["a%00b", "9" * 30, "-1", "%ff", "'--", "0000-01", "9999-12", "%F0%9F%98%80", "x" * 300]
)
def test_whatever_is_asked_of_a_page_is_answered(world: World, value: str) -> None:
    headers = world.asking("auditor").headers | {"Accept": "text/html"}
    for page in PAGES:
        for name in NAMED:
            answer = world.app.test_client().get(f"{page}?{name}={value}", headers=headers)
            assert answer.status_code in (200, 400, 404, 422), (page, name, answer.status_code)
