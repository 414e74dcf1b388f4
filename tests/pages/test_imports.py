"""The pages of imports: upload, columns, preview, apply; what is refused, what changed meanwhile."""

from __future__ import annotations

import io
import json
import re
import threading
from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any

import openpyxl
import pytest
from flask import Flask
from sqlalchemy import func, select

from api import importing
from spd import receiving
from spd.catalog import Product
from spd.core import clock, tasks
from spd.core.import_files import ImportFile, ImportMapping, ImportRow
from spd.core.transaction import reading, transaction
from spd.jobs import running
from spd.parties import Party
from tests.exchange import books
from tests.pages.visiting import Visitor

Enter = Callable[..., Visitor]
ROWS = [["供应商编码", "供应商名称", "联系人"], ["NEW-1", "=cmd|'/c calc'!A1", "甲"], ["SUP-STENT", "心脉新名", ""]]


@pytest.fixture
def database(app: Flask, there: SimpleNamespace) -> Any:
    return app.extensions["spd.database"]


def _upload(who: Visitor, content: bytes, name: str, kind: str = "suppliers") -> Any:
    who.look(f"/imports/new?kind={kind}")
    fields = who.form("", "kind")["fields"] | {"kind": kind}
    data = {key: value for key, value in fields.items() if key != "file"} | {"file": (io.BytesIO(content), name)}
    answer = who.client.post(
        "/imports/new", data=data, content_type="multipart/form-data", headers={"Accept": "text/html"}
    )
    who.page = who.client.get(answer.location, headers={"Accept": "text/html"}) if answer.location else answer
    return who.page


def _suppliers(database: Any) -> dict[str, str]:
    with reading(database) as session:
        return {code: name for code, name in session.execute(select(Party.code, Party.name))}  # noqa: C416


def test_a_workbook_goes_from_upload_to_preview_to_done(enter: Enter, database: Any) -> None:
    buyer = enter("buyer")
    page = _upload(buyer, books.as_text(ROWS), "供应商.xlsx")
    assert re.search(r'name="column-0".*?<option value="code" selected>', page.text, re.S)
    assert re.search(r'name="column-1".*?<option value="name" selected>', page.text, re.S)
    assert "甲" in page.text
    before = _suppliers(database)
    page = _columns(buyer)
    assert "Name: 心脉器械 → 心脉新名" in page.text
    assert "Name: =cmd" in page.text
    assert _suppliers(database) == before
    page = buyer.fill("apply")
    assert "Everything shown here is done" in page.text
    after = _suppliers(database)
    assert (after["NEW-1"], after["SUP-STENT"]) == ("=cmd|'/c calc'!A1", "心脉新名")
    exported = buyer.look(f"{page.request.path}?as=csv").text
    assert "\n=" not in exported
    assert ",=" not in exported


def _columns(who: Visitor, **chosen: str) -> Any:
    """The form of columns, sent with what it has chosen and what is said here."""
    assert who.page is not None
    text = who.page.text
    fields = who.form("", "save_as")["fields"] | _chosen(text) | chosen
    path = who.page.request.path
    answer = who.client.post(path, data=fields, headers={"Accept": "text/html"})
    who.page = who.client.get(answer.location, headers={"Accept": "text/html"}) if answer.location else answer
    return who.page


def _chosen(text: str) -> dict[str, str]:
    found = {}
    for select_ in re.findall(r"<select[^>]*name=\"(column-\d+)\".*?</select>", text, re.S):
        block = re.search(rf'<select[^>]*name="{select_}".*?</select>', text, re.S)
        assert block
        option = re.search(r'<option value="(\w+)" selected>', block[0])
        found[select_] = option[1] if option else ""
    return found


def test_a_saved_choice_reads_the_next_file_of_that_sender(enter: Enter, database: Any) -> None:
    buyer = enter("buyer")
    rows = [["甲列", "乙列"], ["S-9", "九号"]]
    _upload(buyer, books.as_text(rows), "a.xlsx")
    page = _columns(buyer, **{"column-0": "code", "column-1": "name", "save_as": "九号公司"})
    assert "S-9" in page.text
    page = _upload(buyer, books.as_text([["甲列", "乙列"], ["S-9", "十号"]]), "b.xlsx")
    assert _chosen(page.text) == {"column-0": "code", "column-1": "name"}
    assert "九号公司" in page.text
    with reading(database) as session:
        assert json.loads(session.scalars(select(ImportMapping.columns)).one()) == {"甲列": "code", "乙列": "name"}
    page = _columns(buyer, **{"column-1": "code"})
    assert "are to be one and the same column" in page.text


def test_a_second_row_of_headings_is_no_row(enter: Enter, database: Any) -> None:
    buyer = enter("buyer", "zh-Hans")
    rows = [
        ["供应商编码", "供应商名称"],
        ["Supplier code", "Supplier name"],
        ["TWO-1", "双语公司"],
        ["Code", "名为编码"],
    ]
    _upload(buyer, books.as_text(rows), "两行表头.xlsx")
    page = _columns(buyer)
    assert "Supplier name" not in page.text
    assert "TWO-1" in page.text
    buyer.fill("apply")
    assert {"TWO-1", "Code"} <= set(_suppliers(database))


def test_rows_that_are_refused_keep_all_others_out_and_can_be_downloaded(enter: Enter, database: Any) -> None:
    buyer = enter("buyer", "zh-Hans")
    _upload(buyer, "code,name\nOK-1,好\n,没有编码\nOK-1,重复\n".encode("gbk"), "供应商.csv")
    page = _columns(buyer)
    assert "确认导入" not in page.text
    assert "下载错误清单" in page.text
    file = buyer.look(f"{page.request.path}?outcome=refused&as=xlsx")
    rows = list(openpyxl.load_workbook(io.BytesIO(file.data)).worksheets[0].values)
    assert [row[0] for row in rows] == ["行", "Row", 3, 4]
    assert "code 列为空" in str(rows[2][4])
    assert "OK-1" not in _suppliers(database)
    buyer.page = page
    fields = buyer.form("preview")["fields"]
    assert buyer.client.post(f"{page.request.path}/apply", data=fields).status_code == 302
    assert "请先预览" in buyer.look(page.request.path).text
    assert "OK-1" not in _suppliers(database)


def test_what_changed_since_the_preview_is_said_and_nothing_is_done(enter: Enter, database: Any) -> None:
    buyer = enter("buyer")
    _upload(buyer, books.as_text(ROWS), "供应商.xlsx")
    _columns(buyer)
    with transaction(database) as session:
        session.scalars(select(Party).where(Party.code == "SUP-STENT")).one().name = "别人改的"
    page = buyer.fill("apply")
    assert "The data changed since the preview" in page.text
    assert "NEW-1" not in _suppliers(database)
    page = buyer.fill("preview")
    assert "Name: 别人改的 → 心脉新名" in page.text
    assert "Everything shown here is done" in buyer.fill("apply").text


def test_a_file_is_applied_once_however_often_it_is_asked(enter: Enter, database: Any) -> None:
    buyer = enter("buyer")
    _upload(
        buyer,
        b"product,location,supplier,lot,quantity\nGAUZE,STORE,SUP-GAUZE,OPEN,10\n",
        "期初.csv",
        "opening-stock",
    )
    page = _columns(buyer)
    form = buyer.form("apply")
    for _ in range(2):
        assert buyer.client.post(form["action"], data=form["fields"]).status_code == 302
    assert "Everything shown here is done" in buyer.look(page.request.path).text
    with reading(database) as session:
        assert session.scalar(select(func.count()).select_from(ImportFile)) == 1


@pytest.mark.parametrize(
    ("content", "name", "said"),
    [
        (books.bomb(6), "a.xlsx", "unpacks to far more"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"x" * 99, "a.xls", "under a password or an old .xls"),
        (b"MZ\x00\x01", "a.csv", "encoding of a.csv is not known"),
        (b"", "a.csv", "is empty"),
    ],
)
def test_what_cannot_be_read_is_refused_at_the_upload(
    enter: Enter, database: Any, content: bytes, name: str, said: str
) -> None:
    page = _upload(enter("buyer"), content, name)
    assert said in page.text
    with reading(database) as session:
        assert session.scalar(select(func.count()).select_from(ImportFile)) == 0


def test_an_upload_without_a_file_says_so(enter: Enter, there: SimpleNamespace) -> None:
    buyer = enter("buyer", "zh-Hans")
    buyer.look("/imports/new")
    answer = buyer.client.post("/imports/new", data=buyer.form("", "kind")["fields"] | {"kind": "products"})
    assert "未选择文件" in answer.text


def test_a_file_without_the_column_it_is_known_by_is_told_on_its_page(enter: Enter, there: SimpleNamespace) -> None:
    buyer = enter("buyer")
    _upload(buyer, "名称\n甲\n".encode(), "a.csv")
    assert "has no columns code" in _columns(buyer).text


def test_buyers_import_what_is_theirs_and_administrators_everything(enter: Enter, there: SimpleNamespace) -> None:
    buyer, admin = enter("buyer"), enter("system_admin")
    assert 'value="departments"' not in buyer.look("/imports/new").text
    assert 'value="departments"' in admin.look("/imports/new").text
    _upload(admin, b"code,name,cost_class\nX,x,clinical\n", "d.csv", "departments")
    page = _columns(admin)
    assert buyer.look(page.request.path).status_code == 403
    assert buyer.look("/imports/template/departments.xlsx").status_code == 403
    assert enter("storekeeper").look("/imports").status_code == 403
    assert "d.csv" in admin.look("/imports").text


def test_an_empty_file_of_ours_is_read_without_asking(enter: Enter, there: SimpleNamespace) -> None:
    for language in ("en", "zh-Hans"):
        buyer = enter("buyer", language)
        book = openpyxl.load_workbook(io.BytesIO(buyer.look("/imports/template/products.xlsx").data))
        heads = [str(cell) for cell in next(book.worksheets[0].values)]
        page = _upload(buyer, books.as_text([heads, ["T-1"]]), "t.xlsx", "products")
        assert "" not in _chosen(page.text).values()


@pytest.fixture
def threads(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[threading.Thread]]:
    started: list[threading.Thread] = []
    start = running.start
    monkeypatch.setattr(running, "start", lambda *a, **k: started.append(start(*a, **k)))
    yield started
    for one in started:
        one.join(60)


def test_a_large_file_is_done_in_the_background_with_its_progress(
    enter: Enter, database: Any, threads: list[threading.Thread], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("api.pages.imports.AT_ONCE", 100)
    told: list[tuple[int, int]] = []
    monkeypatch.setattr(tasks, "progress", lambda _s, _n, done, total, at: told.append((done, total)))
    admin = enter("system_admin")
    rows = [["code", "name", "base_unit", "product_class"], *([f"P{n}", f"耗材{n}", "个", "低值"] for n in range(1200))]
    _upload(admin, books.as_text(rows), "p.xlsx", "products")
    page = _columns(admin)
    assert page.request.path.startswith("/tasks/")
    threads[0].join(60)
    assert told
    path = re.search(r'href="(/imports/\d+)"', admin.look(page.request.path).text)
    assert path
    assert "1,200" in admin.look(path[1]).text
    admin.fill("apply")
    threads[1].join(60)
    assert "Everything shown here is done" in admin.look(path[1]).text
    with reading(database) as session:
        assert session.scalar(select(func.count()).where(Product.code.like("P%"), Product.initials == "HC1")) == 1
        assert session.scalar(select(func.count()).select_from(ImportRow)) == 1200


def test_what_a_process_left_the_worker_takes_up(enter: Enter, database: Any, there: SimpleNamespace) -> None:
    buyer = enter("buyer")
    _upload(buyer, books.as_text(ROWS), "供应商.xlsx")
    page = _columns(buyer)
    number = int(page.request.path.rpartition("/")[2])
    importing.install()
    with transaction(database) as session:
        staff = session.scalars(select(ImportFile.uploaded_by_id)).one()
        said = {"number": number, "act": "apply", "zone": "Asia/Shanghai"}
        tasks.ask(session, importing.KIND, said, title="t", asked_by_id=staff, at=clock.now())
    assert running.run_waiting(database, now=clock.now) == 1
    assert "NEW-1" in _suppliers(database)


def test_a_delivery_note_is_seen_with_its_order_papers_and_cases_before_it_is_announced(
    enter: Enter, database: Any
) -> None:
    rows = [
        ["送货单号", "供应商编码", "品规编码", "数量", "批号", "箱码", "第一票发票号", "采购订单号"],
        ["DN-X", "SUP-GAUZE", "GAUZE", "50", "L1", "069012340000000023", "24010001", ""],
        ["DN-X", "SUP-GAUZE", "GAUZE", "50", "L1", "069012340000000030", "", "PO-NONE"],
    ]
    buyer = enter("buyer")
    _upload(buyer, books.as_text(rows), "送货单.xlsx", "deliveries")
    page = _columns(buyer)
    assert "There is no order PO-NONE" in page.text
    rows[2][7] = ""
    _upload(buyer, books.as_text(rows), "送货单.xlsx", "deliveries")
    page = _columns(buyer)
    assert "Case SSCC: 069012340000000030" in page.text
    assert "First invoice: 24010001" in page.text
    assert "Everything shown here is done" in buyer.fill("apply").text
    with reading(database) as session:
        note = receiving.get_delivery(session, "DN-X")
        assert [line.quantity for line in note.lines] == [100]
