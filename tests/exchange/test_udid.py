"""Device identifiers from NMPA's XML and from spreadsheets: levels, three codes, and nothing from outside the file."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from spd.catalog import Packaging, Product, get_product
from spd.catalog.mapping import (
    BoundElsewhere,
    DeviceIdentifier,
    UnitsDiffer,
    UnitsMissing,
    bind,
    find_level,
    find_named,
)
from spd.exchange.imports import ImportReport, import_table, read_table
from spd.exchange.refusals import EmptyFile
from spd.exchange.tables import read
from spd.exchange.udid import ForbiddenXml, NotUdid
from tests import build
from tests.build import GAUZE_CASE_DI, GAUZE_DI, Hospital

SHARED = Path(__file__).resolve().parents[3] / "shared" / "data" / "cn_catalogue"
SALE, BOX, CASE = "06975737431158", "16975737430493", "26975737430209"


def udid(session: Session, h: Hospital, file: Path, *, dry_run: bool = False) -> ImportReport:
    return import_table(session, "udid", read_table("udid", file), build.occasion(h.keeper), dry_run=dry_run)


def mappings(session: Session, h: Hospital, text: str) -> ImportReport:
    return import_table(session, "mappings", read(text.encode(), file="m.csv"), build.occasion(h.keeper))


@pytest.fixture
def sample() -> Path:
    file = SHARED / "nmpa_udid_sample.xml"
    if not file.exists():
        pytest.skip("NMPA's sample is not beside this repository")
    return file


def xml(folder: Path, *devices: str, head: str = "") -> Path:
    file = folder / "udid.xml"
    file.write_text(f'<?xml version="1.0" encoding="UTF-8"?>\n{head}<udid><devices>\n' + "\n".join(devices)
                    + "\n</devices></udid>", encoding="utf-8")  # fmt: skip
    return file


def test_the_published_sample_is_read_whole(session: Session, h: Hospital, sample: Path) -> None:
    assert udid(session, h, sample, dry_run=True).created == 4
    assert session.scalar(select(DeviceIdentifier.id)) is None
    report = udid(session, h, sample)
    assert (report.created, report.problems) == (4, ())
    found = {row.code: row for row in session.scalars(select(DeviceIdentifier))}
    assert (found[CASE].contains_code, found[CASE].contains_count, found[CASE].level) == (SALE, 10, "package")
    assert found[SALE].registration_number == "鄂械注准20252185501"
    assert (found["06942221705071"].name, found["06942221705071"].specification) == ("一次性使用采样器", "KPCJ12")
    assert udid(session, h, sample).unchanged == 4


def test_every_field_that_is_read_is_a_field_of_the_release(sample: Path) -> None:
    known = json.loads((SHARED / "nmpa_udid_fields.json").read_text(encoding="utf-8"))
    from spd.exchange import udid as module

    read_here = {name for names in module._OF_ALL.values() for name in names}
    assert read_here | {"zxxsdycpbs", "sydycpbs", "zxxsdyzsydydsl", "cpbsbmtxmc"} <= set(known["device"])
    assert {"bzcpbs", "bznhxyjcpbssl", "bznhxyjbzcpbs"} <= set(known["packingList"])


def test_levels_that_do_not_chain_are_base_units_all_the_same(session: Session, h: Hospital, sample: Path) -> None:
    """The sample's box and case both name the sale unit, and neither the other."""
    udid(session, h, sample)
    gauze = get_product(session, "GAUZE")
    bind(session, gauze, BOX, base_units=200)
    levels = {code: find_level(session, code) for code in (SALE, BOX, CASE)}
    assert {code: level and level.base_units for code, level in levels.items()} == {SALE: 20, BOX: 200, CASE: 200}
    assert set(session.scalars(select(Packaging.code).where(Packaging.product_id == gauze.id))) >= {SALE, BOX, CASE}


def test_a_use_unit_is_what_a_sale_unit_holds(session: Session, h: Hospital, tmp_path: Path) -> None:
    use, sale, case = "06901234560008", "06901234560015", "16901234560012"
    file = xml(
        tmp_path,
        f"<device><zxxsdycpbs>{sale}</zxxsdycpbs><sydycpbs>{use}</sydycpbs><zxxsdyzsydydsl>30</zxxsdyzsydydsl>"
        f"<cpbsbmtxmc>GS1</cpbsbmtxmc><ybbm>C15011121200000107660000016</ybbm><packingList><packing><bzcpbs>{case}"
        f"</bzcpbs><bznhxyjcpbssl>12</bznhxyjcpbssl><bznhxyjbzcpbs>{sale}</bznhxyjbzcpbs></packing></packingList></device>",
    )
    product = get_product(session, "REAGENT")
    bind(session, product, use, base_units=1)
    report = udid(session, h, file)
    assert (report.created, report.problems) == (3, ())
    said = dict(session.execute(select(Packaging.code, Packaging.base_units)).all())
    assert (said[use], said[sale], said[case]) == (1, 30, 360)


def test_what_is_wrong_is_told_by_the_line_of_its_device(session: Session, h: Hospital, tmp_path: Path) -> None:
    file = xml(
        tmp_path,
        "<device><zxxsdycpbs>06901234560015</zxxsdycpbs></device>",
        "<device><zxxsdycpbs>06901234560016</zxxsdycpbs></device>",
        "<device><zxxsdycpbs>06901234560022</zxxsdycpbs><ybbm>X1</ybbm></device>",
        "<device><cpmctymc>无标识</cpmctymc></device>",
    )
    report = udid(session, h, file)
    assert [(problem.row, problem.column) for problem in report.problems] == [
        (4, "code"), (5, "insurance_code"), (6, "code")
    ]  # fmt: skip
    assert session.scalar(select(DeviceIdentifier.id)) is None


def test_no_entity_is_ever_followed(tmp_path: Path) -> None:
    device = "<device><zxxsdycpbs>&lol;</zxxsdycpbs></device>"
    inside = '<!DOCTYPE udid [<!ENTITY a "aaaaaaaaaa"><!ENTITY lol "&a;&a;&a;">]>\n'
    outside = '<!DOCTYPE udid [<!ENTITY lol SYSTEM "file:///etc/hostname">]>\n'
    for head in (inside, outside, '<!DOCTYPE udid SYSTEM "http://127.0.0.1/x.dtd">\n'):
        with pytest.raises(ForbiddenXml):
            read_table("udid", xml(tmp_path, device, head=head))


@pytest.mark.parametrize("content", ["not xml", "<udid><devices>", "<a>" * 50, f"<udid><x>{'y' * 9000}</x></udid>"])
def test_what_is_no_release_is_refused(tmp_path: Path, content: str) -> None:
    file = tmp_path / "x.xml"
    file.write_text(content)
    with pytest.raises(NotUdid):
        read_table("udid", file)


def test_a_release_without_devices_is_empty(tmp_path: Path) -> None:
    with pytest.raises(EmptyFile):
        read_table("udid", xml(tmp_path))


def test_three_codes_name_one_thing(session: Session, h: Hospital) -> None:
    sheet = (
        "code,insurance_code,charge_code,product,base_units,level\n"
        f"{GAUZE_DI},C15011121200000107660000016,HIS-7,,,\n"
        "6901234560015,C09010101000000066260000001,HIS-8,STENT,1,sale\n"
    )
    report = mappings(session, h, sheet)
    assert (report.created, report.problems) == (2, ())
    for code in (GAUZE_DI, "C15011121200000107660000016", "HIS-7"):
        assert GAUZE_DI in [named.di for named in find_named(session, code)]
    (stent,) = find_named(session, "HIS-8")
    assert (stent.di, stent.product, stent.base_units) == ("06901234560015", "STENT", 1)
    assert find_named(session, "HIS-9") == []


def test_a_sheet_that_contradicts_the_catalogue_is_refused_by_row(session: Session, h: Hospital) -> None:
    sheet = f"code,product,base_units\n{GAUZE_CASE_DI},GAUZE,40\n{GAUZE_DI},STENT,1\n06901234560015,STENT,\n"
    report = mappings(session, h, sheet)
    assert [(problem.row, problem.code) for problem in report.problems] == [
        (2, "units-differ"), (3, "bound-elsewhere"), (4, "units-missing")
    ]  # fmt: skip


def test_binding_is_asked_for_once_and_refused_to_another_product(session: Session, h: Hospital) -> None:
    stent, gauze = get_product(session, "STENT"), get_product(session, "GAUZE")
    made, new = bind(session, stent, "06901234560015", base_units=1, issuer="GS1")
    again, newer = bind(session, stent, "06901234560015")
    assert (again.id, new, newer) == (made.id, True, False)
    with pytest.raises(BoundElsewhere):
        bind(session, gauze, "06901234560015", base_units=1)
    with pytest.raises(UnitsDiffer):
        bind(session, stent, "06901234560015", base_units=5)
    with pytest.raises(UnitsMissing):
        bind(session, stent, "06901234560022")


def test_a_family_that_contradicts_itself_or_does_not_divide_says_nothing(session: Session, h: Hospital) -> None:
    a, b, c = "06901234560015", "06901234560022", "06901234560039"
    session.add_all(
        [
            DeviceIdentifier(code=a, contains_code=b, contains_count=10),
            DeviceIdentifier(code=b, contains_code=c, contains_count=10),
            DeviceIdentifier(code=c, contains_code=a, contains_count=7),  # in a ring, and wrong
        ]
    )
    session.flush()  # asked for by statements
    product = session.get_one(Product, 1)
    session.add(Packaging(product_id=product.id, code=a, level="case", base_units=7))
    session.flush()  # as above
    assert find_level(session, c) is None or find_level(session, c).base_units >= 1  # type: ignore[union-attr]
    assert find_level(session, b) is None
