"""This file is what GS1 lays down for each application identifier: format, checks, companions, exclusions, links.

A row is: identifiers, format, then what it needs, bars and allows. In a format, `n14` is fourteen digits, `x1-20` one
to twenty characters of set 82, `y` of set 39, `z` base 64 for files; `n14.csum` is checked by the rule `csum`; a `?`
marks a part that may be absent. In `needs`, spaces separate the choices and `+` joins what must come together; in
`needs` and `bars`, an `n` stands for any digit. `link` is the qualifiers that may follow the identifier in a link's
path, in order, with `|` between two orders that do not mix; None where it cannot open a path.
Source: GS1 General Specifications 3 and 4.13; GS1 Digital Link: URI syntax 4.
"""

from __future__ import annotations

from typing import NamedTuple


class Row(NamedTuple):
    """The rules of one identifier or of a run of them."""

    ais: str
    format: str
    needs: str = ""
    bars: str = ""
    link: str | None = None


TRADE = "01 02"
ITEM = "01 02 03 8006 8026"
ONE_ITEM = "01 03 8006"
SHIPMENT = "00"
PERSON = "8017 8018"
GTIN = "n14.csum.key2"
GLN = "n13.csum.key1"
COUNTRY = "n3.iso3166"
COUNTRIES = "n3.iso3166 n3.iso3166? n3.iso3166? n3.iso3166? n3.iso3166?"

KEYS = (
    Row("00", "n18.csum.key2", link=""),
    Row("01", GTIN, bars="255 37", link="22,10,21|235"),
    Row("02", GTIN, "37", "01 03"),
    Row("03", GTIN, bars="01 02 37 235"),
    Row("253", f"{GLN} x1-17?", link=""),
    Row("255", f"{GLN} n1-12?", bars="01 02 415 8006 8020 8026", link=""),
    Row("401", "x1-30.key1", link=""),
    Row("402", "n17.csum.key1", link=""),
    Row("8003", f"n1.zero {GLN} x1-16?", link=""),
    Row("8004", "x1-30.key1", link="7040"),
    Row("8006", f"{GTIN} n4.pieceoftotal", bars="01 03 37", link="22,10,21"),
    Row("8010", "y1-30.key1", link="8011"),
    Row("8013", "x1-25.csumalpha.key1", link=""),
    Row("8014", "x1-25.csumalpha.key1.hasnondigit", "01"),
    Row("8017", "n18.csum.key1", bars="8018", link="8019"),
    Row("8018", "n18.csum.key1", bars="8017", link="8019"),
    Row("8026", f"{GTIN} n4.pieceoftotal", "37", "02 03 8006"),
)

PRODUCT = (
    Row("10", "x1-20", ITEM),
    Row("11", "n6.yymmd0", ITEM),
    Row("12", "n6.yymmd0", "8020"),
    Row("13 15 16", "n6.yymmd0", ITEM),
    Row("17", "n6.yymmd0", f"{ITEM} 255"),
    Row("20", "n2", ITEM),
    Row("21", "x1-20", ONE_ITEM, "235"),
    Row("22", "x1-20", "01"),
    Row("235", "x1-28", "01"),
    Row("240 241", "x1-30", ITEM),
    Row("242", "n1-6", "01 02 8006 8026"),
    Row("243", "x1-20", "01 03"),
    Row("250", "x1-30", "01+21 03+21 8006+21"),
    Row("251", "x1-30", ONE_ITEM),
    Row("254", "x1-20", "414"),
    Row("30", "n1-8", TRADE),
    Row("37", "n1-8", "00+02 00+8026"),
    Row("710-717", "x1-20", "01"),
    Row("7001", "n13", "01 02 8006 8026"),
    Row("7002", "x1-30", TRADE),
    Row("7003", "n6.yymmdd n4.hhmi", "01 02 03"),
    Row("7004", "n1-4", "01+10 03+10"),
    Row("7005", "x1-12", TRADE),
    Row("7006", "n6.yymmdd", TRADE),
    Row("7007", "n6.yymmdd n6.yymmdd?", TRADE),
    Row("7008", "x1-3", TRADE),
    Row("7009", "x1-10", TRADE),
    Row("7010", "x1-2", "01 02 03"),
    Row("7011", "n6.yymmdd n4.hhmi?", "01 02 03"),
    Row("7020", "x1-20", "01+416 03+416 8006+416"),
    Row("7021", "x1-20", ONE_ITEM),
    Row("7022", "x1-20", "01+7021 03+7021 8006+7021"),
    Row("7023", "x1-30.key1"),
    Row("7030-7039", "n3.iso3166999 x1-27", TRADE),
    Row("7040", "n1 x1 x1 x1.importeridx"),
    Row("7041", "x1-4.packagetype", SHIPMENT),
    Row("7230-7239", "x2 x1-28", "01 8004"),
    Row("7240", "x1-20", "01 8006", "03"),
    Row("8001", "n4.nonzero n5.nonzero n3.nonzero n1.winding n1", "01"),
    Row("8002", "x1-20"),
    Row("8008", "n6.yymmdd n2.hh n2.mi? n2.ss?", "01 02 03"),
    Row("8009", "x1-50", "00 01 03"),
    Row("8011", "n1-12.nozeroprefix", "8010"),
    Row("8012", "x1-20", ONE_ITEM),
    Row("8030", "z1-90", "00 01+21 03+21 253 255 8003 8004 8006+21 8010+8011 8017 8018"),
    Row("8040", "n15", "01+21"),
    Row("8041", "n15", "01+21+8040"),
    Row("8042", "n32", "01+21+8040"),
    Row("8043", "n18 n1-2?", "01+21+8040"),
    Row("8200", "x1-70", "01"),
    Row("90", "x1-30"),
    Row("91-99", "x1-90"),
)

PRICES = (
    Row("3900-3909", "n1-15", "255 8020", "390n 391n 394n 8111"),
    Row("3910-3919", "n3.iso4217 n1-15", "8020", "391n"),
    Row("3920-3929", "n1-15", "01+30 01+31nn 01+32nn 01+35nn 01+36nn", "392n 393n"),
    Row("3930-3939", "n3.iso4217 n1-15", "30 31nn 32nn 35nn 36nn", "393n"),
    Row("3940-3943", "n4", "255", "394n 8111"),
    Row("3950-3955", "n6", "30 31nn 32nn 35nn 36nn", "392n 393n 395n 8005"),
    Row("8005", "n6", TRADE),
    Row("8007", "x1-34.iban", "415"),
    Row("8020", "x1-25", "415"),
    Row("8110", "x1-70.couponcode"),
    Row("8111", "n4", "255"),
    Row("8112", "x1-70.couponposoffer"),
)

PLACES = (
    Row("400", "x1-30"),
    Row("403", "x1-30", SHIPMENT),
    Row("410-413 416", GLN),
    Row("414", GLN, link="254|7040"),
    Row("415", GLN, "8020", link="8020"),
    Row("417", GLN, link="7040"),
    Row("420", "x1-20", bars="421"),
    Row("421", "n3.iso3166 x1-9", bars="4307"),
    Row("422", COUNTRY, ITEM, "426"),
    Row("423 425", COUNTRIES, "01 02 03", "426"),
    Row("424", COUNTRY, "01 02 03", "426"),
    Row("426", COUNTRY, "01 02 03"),
    Row("427", "x1-3", "01+422 02+422 03+422"),
    Row("4300 4301 4310 4320", "x1-35.pcenc", SHIPMENT),
    Row("4302 4304-4306 4312 4314-4316", "x1-70.pcenc", SHIPMENT),
    Row("4303", "x1-70.pcenc", "4302"),
    Row("4313", "x1-70.pcenc", "4312"),
    Row("4311", "x1-35.pcenc", SHIPMENT),
    Row("4307 4317", "x2.iso3166alpha2", SHIPMENT),
    Row("4308 4319", "x1-30", SHIPMENT),
    Row("4309", "n10.latitude n10.longitude", SHIPMENT),
    Row("4318", "x1-20", SHIPMENT),
    Row("4321-4323", "n1.yesno", SHIPMENT),
    Row("4324 4325", "n6.yymmd0 n4.hhmi", SHIPMENT),
    Row("4326", "n6.yymmdd", SHIPMENT),
    Row("4330", "n6 x1.hyphen?", SHIPMENT, "4331"),
    Row("4331", "n6 x1.hyphen?", SHIPMENT, "4330"),
    Row("4332", "n6 x1.hyphen?", SHIPMENT, "4333"),
    Row("4333", "n6 x1.hyphen?", SHIPMENT, "4332"),
)

PEOPLE = (
    Row("7241", "n2.mediatype", PERSON),
    Row("7242", "x1-25", PERSON),
    Row("7250", "n8.yyyymmdd", "8018", "7251"),
    Row("7251", "n8.yyyymmdd n4.hhmi", "8018", "7250"),
    Row("7252", "n1.iso5218", "8018"),
    Row("7253 7254", "x1-40.pcenc", PERSON, "7256 7259"),
    Row("7255", "x1-10", PERSON, "7256 7259"),
    Row("7256", "x1-90.pcenc", PERSON),
    Row("7257", "x1-70.pcenc", "8018"),
    Row("7258", "x3.posinseqslash", "8018+7259"),
    Row("7259", "x1-40.pcenc", "8018", "7256"),
    Row("8019", "n1-10", PERSON),
)

# Measures: the fourth digit is the number of decimals, 0 to 5. Each run bars the other decimals of its own kind.
OF_TRADE_ITEM = "310-316 320-329 350-352 356-357 360-361 364-366"
OF_SHIPPING_UNIT = "330-336 340-349 353-355 362-363 367-369"
OF_ONE_ITEM = "337"

# By the first two digits: after these nothing else may follow without a separator. GenSpecs 7.8.5
PREDEFINED_LENGTH = frozenset(
    ("00", "01", "02", "03", "04", "20", "41", *map(str, range(11, 20)), *map(str, range(31, 37)))
)
# What may not be an attribute in a link's query.
NOT_IN_QUERY = frozenset(
    ("03", "21", "22", "235", "254", "7040", "7041", "8011", "8014", "8019", "8020", "8200",
     *map(str, range(8040, 8044)))
)  # fmt: skip
