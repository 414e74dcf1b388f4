"""Scans over HTTP: what any code is, several codes of one label, photographs, and what to do with a stranger."""

from __future__ import annotations

import io
from typing import Any

import pytest
from PIL import Image
from sqlalchemy import select

from scanners import hibc, labels
from spd.catalog import Packaging, Product
from spd.catalog.mapping import DeviceIdentifier
from spd.core.transaction import transaction
from tests import build
from tests.api.asking import Caller, World, is_problem
from tests.build import GAUZE_CASE_DI, GAUZE_DI, STENT_DI

FOREIGN = "06975737431158"
FOREIGN_CASE = "26975737430209"


@pytest.fixture
def keeper(world: World) -> Caller:
    return world.asking("storekeeper")


def told(caller: Caller, **said: Any) -> dict[str, Any]:
    answer = caller.send("/scans", said)
    assert answer.status_code == 200
    return answer.get_json()  # type: ignore[no-any-return]


def test_any_packaging_level_is_its_product_in_base_units(world: World, keeper: Caller) -> None:
    case = told(keeper, scan=f"]d201{GAUZE_CASE_DI}10L1")
    assert (case["kind"], case["product"], case["base_units"], case["base_unit"]) == ("product", "GAUZE", 50, "盒")
    assert told(keeper, scan=f"(02){GAUZE_CASE_DI}(37)3")["counted"] == 150


def test_the_codes_of_one_label_are_one_reading(world: World, keeper: Caller) -> None:
    """The product on one, lot and expiry on the other; nothing that one says is blanked by the other."""
    both = told(keeper, codes=[f"]C101{GAUZE_DI}", "]C110L7\x1d17280930"])
    assert (both["product"], both["lot"], both["expires_on"]) == ("GAUZE", "L7", "2028-09-30")
    again = told(keeper, codes=["]C110L7\x1d17280930", "\t", f"]C101{GAUZE_DI}"])
    assert (again["product"], again["lot"]) == ("GAUZE", "L7")


def test_identifiers_of_two_issuers_on_one_label_are_one_product_where_the_catalogue_has_them_so(
    world: World, keeper: Caller
) -> None:
    """A GTIN beside an HIBC: one box; a stranger's beside it stays two products, and so does another package."""
    primary = hibc.primary("A123", "GAUZE", 1)
    codes = [primary, hibc.secondary("$$3280930L7", primary[-1]), f"]C101{GAUZE_DI}"]
    with transaction(world.database) as session:
        gauze = session.scalars(select(Product).where(Product.code == "GAUZE")).one()
        units = session.scalars(select(Packaging.base_units).where(Packaging.code == GAUZE_DI)).one()
        session.add(Packaging(product_id=gauze.id, code=primary[1:-1], level="box", base_units=units, issuer="HIBCC"))
    both = told(keeper, codes=codes)
    assert (both["product"], both["lot"], both["expires_on"], both["ambiguous"]) == ("GAUZE", "L7", "2028-09-30", False)
    assert (both["base_units"], both["valid"]) == (units, True)
    for other in (f"]C101{STENT_DI}", f"]C101{GAUZE_CASE_DI}", f"]C101{FOREIGN}"):
        apart = told(keeper, codes=[*codes[:2], other])
        assert (apart["product"], apart["lot"], apart["ambiguous"]) == (None, None, True), other


def test_hours_and_doubts_are_told_with_the_days(world: World, keeper: Caller) -> None:
    asked = told(keeper, scan=f"(01){GAUZE_DI}(7003)2809301530(8008)26010208(10)L7")
    assert (asked["expires_on"], asked["expires_at"]) == ("2028-09-30", "15:30:00")
    assert (asked["produced_on"], asked["produced_at"], asked["issuer"]) == ("2026-01-02", "08:00:00", "GS1")
    wrong = told(keeper, scan=f"]d201{GAUZE_DI[:-1]}X10L7")
    assert (wrong["valid"], wrong["doubts"][0]["code"], wrong["doubts"][0]["position"]) == (False, "character", 2)


def test_our_own_label_goes_before_gs1_and_gs1_with_a_lot_before_a_bare_number(world: World, keeper: Caller) -> None:
    with transaction(world.database) as session:
        (pack, *_) = build.packs(session, world.h, 1)
    assert told(keeper, codes=[f"]C101{STENT_DI}", pack])["code"] == pack
    lots = told(keeper, codes=[GAUZE_DI[1:], f"]d201{GAUZE_DI}10L1"])
    assert (lots["product"], lots["lot"]) == ("GAUZE", "L1")


def test_an_unknown_code_says_what_to_do_next_to_each_as_they_may(world: World, keeper: Caller) -> None:
    asked = told(keeper, scan=f"]d201{FOREIGN}10L1")
    assert (asked["kind"], [step["do"] for step in asked["next"]]) == ("unknown", ["scan-other", "ask-buyer"])
    buyer = told(world.asking("buyer"), scan=f"]d201{FOREIGN}10L1")
    assert buyer["next"][-1]["do"] == "bind"
    assert buyer["next"][-1]["href"].endswith("/packagings")
    assert all(step["zh"] and step["en"] for step in buyer["next"])


def test_a_buyer_binds_a_code_and_its_family_with_it(world: World, keeper: Caller) -> None:
    with transaction(world.database) as session:
        session.add(DeviceIdentifier(code=FOREIGN_CASE, level="package", contains_code=FOREIGN, contains_count=10))
    buyer = world.asking("buyer")
    said = {"scan": f"]d201{FOREIGN}", "product": "GAUZE", "base_units": 2}
    assert buyer.post("/packagings", said).get_json() | {"repeated": None} == {
        "code": FOREIGN, "issuer": "GS1", "level": "unit", "base_units": 2, "product": "GAUZE", "repeated": None
    }  # fmt: skip
    assert buyer.post("/packagings", said).get_json()["repeated"] is True
    assert told(keeper, scan=f"]d201{FOREIGN_CASE}")["base_units"] == 20
    buyer.refused("/packagings", said | {"product": "STENT"}, 409, "bound-elsewhere")
    buyer.refused("/packagings", said | {"base_units": 3}, 422, "units-differ")
    buyer.refused("/packagings", said | {"scan": "]d110L1"}, 422, "no-identifier")
    assert is_problem(keeper.post("/packagings", said), 403, "not-allowed")


def test_a_lost_separator_is_said_and_no_serial_is_bound(world: World, keeper: Caller) -> None:
    read = told(keeper, scan=f"]d201{STENT_DI}10L1217SN21A")
    assert read["ambiguous"] is True
    assert read["serial"] is None
    assert read["next"][0]["do"] == "compare"


def test_three_codes_lead_to_one_product(world: World, keeper: Caller) -> None:
    code = "C15011121200000107660000016"
    with transaction(world.database) as session:
        session.add(DeviceIdentifier(code=GAUZE_DI, insurance_code=code, charge_code="HIS-77"))
    assert told(keeper, scan=code)["code"] == "GAUZE"
    for asked in (GAUZE_DI, code, "HIS-77"):
        (named,) = keeper.get("/mappings", code=asked).get_json()["mappings"]
        assert (named["di"], named["insurance_code"], named["product"]) == (GAUZE_DI, code, "GAUZE")


@pytest.mark.parametrize("said", [{}, {"scan": "x", "codes": ["y"]}, {"codes": []}, {"codes": ["x"] * 21}])
def test_one_code_or_the_codes_of_one_label_are_asked_for(embedded: World, said: dict[str, Any]) -> None:
    assert is_problem(embedded.asking("storekeeper").send("/scans", said), 422, "invalid")


def test_codes_of_which_none_can_be_read_are_refused(embedded: World) -> None:
    assert is_problem(embedded.asking("storekeeper").send("/scans", {"codes": ["\t", "包"]}), 400, "unreadable")


def photograph(*codes: str) -> bytes:
    pictures = [Image.open(io.BytesIO(labels.png(labels.Label(code=code, carrier="gs1-datamatrix")))) for code in codes]
    sheet = Image.new("L", (max(p.width for p in pictures), sum(p.height for p in pictures)), 255)
    top = 0
    for picture in pictures:
        sheet.paste(picture, (0, top))
        top += picture.height
    file = io.BytesIO()
    sheet.save(file, "PNG")
    return file.getvalue()


def posted(caller: Caller, data: bytes, *names: str) -> Any:
    body = b"".join(
        b'--edge\r\nContent-Disposition: form-data; name="%s"; filename="p.png"\r\n\r\n%s\r\n' % (name.encode(), data)
        for name in names or ("image",)
    )
    return caller.send("/scans/image", data=body + b"--edge--\r\n", content_type="multipart/form-data; boundary=edge")


def test_a_photograph_gives_every_code_in_it(embedded: World) -> None:
    keeper = embedded.asking("storekeeper")
    data = photograph(f"(01){STENT_DI}(17)280930(10)L1(21)S1", f"(01){GAUZE_DI}(10)L2")
    symbols = posted(keeper, data).get_json()["symbols"]
    assert [(one["di"], one["lot"], one["serial"]) for one in symbols] == [
        (STENT_DI, "L1", "S1"),
        (GAUZE_DI, "L2", None),
    ]
    assert symbols[0]["elements"] == [["01", STENT_DI], ["17", "280930"], ["10", "L1"], ["21", "S1"]]
    assert told(keeper, scan=symbols[1]["scan"])["product"] == "GAUZE"


def test_a_picture_without_a_code_says_what_to_do(embedded: World) -> None:
    file = io.BytesIO()
    Image.new("L", (40, 40), 255).save(file, "PNG")
    answer = posted(embedded.asking("nurse"), file.getvalue()).get_json()
    assert (answer["symbols"], [step["do"] for step in answer["next"]]) == ([], ["come-nearer"])


def test_what_is_no_picture_or_too_large_is_refused(embedded: World) -> None:
    keeper = embedded.asking("storekeeper")
    assert is_problem(posted(keeper, b"no picture"), 400, "unreadable")
    assert is_problem(posted(keeper, b"\x89PNG" + b"0" * 12_500_000), 400, "unreadable")
    wide = io.BytesIO()
    Image.new("1", (10_000, 6_000)).save(wide, "PNG")  # sixty million pixels in a few kilobytes
    assert is_problem(posted(keeper, wide.getvalue()), 400, "unreadable")
    assert posted(keeper, b"x", "image", "other").status_code == 422
    assert keeper.send("/scans/image", data={}, content_type="multipart/form-data").status_code == 422


def test_trace_codes_that_come_in_or_are_sold_twice_stand_on_the_worklist(world: World, keeper: Caller) -> None:
    code = "81000000000000000102"
    acts = [("arrive", []), ("sell", []), ("sell", ["sold-twice"]), ("return", []), ("arrive", ["came-in-twice"])]
    for act, reasons in acts:
        said = keeper.post("/trace-codes/acts", {"scan": code, "act": act, "reference": "N-1"}).get_json()
        assert [alarm["reason"] for alarm in said["alarms"]] == reasons
    asked = told(keeper, scan=code)
    assert (asked["kind"], asked["detail"]) == ("trace", {"standing": "in_stock", "inside": 0})
    alarms = keeper.get("/trace-codes/alarms").get_json()["alarms"]
    assert [(alarm["code"], alarm["reason"], alarm["reference"]) for alarm in alarms] == [
        (code, "sold-twice", "N-1"), (code, "came-in-twice", "N-1")
    ]  # fmt: skip
    number = alarms[0]["id"]
    assert keeper.post(f"/trace-codes/alarms/{number}/resolve", {"note": "scanned twice"}).status_code == 200
    assert is_problem(keeper.post(f"/trace-codes/alarms/{number}/resolve", {"note": "x"}), 404, "unknown-alarm")
    keeper.refused("/trace-codes/acts", {"scan": GAUZE_DI, "act": "sell"}, 422, "not-a-trace-code")
