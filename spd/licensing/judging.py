"""This file is the rules: which licences goods need on a day, and what is found where one does not hold.

An order needs the supplier's, the maker's and the product's to hold on its day, and an unbroken chain of
authorisations. What arrives may have been ordered while they held: then the day of production decides for the
product's certificate (goods made before it ended stay usable), and what else has lapsed since is only told.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date

from spd.licensing.chain import leads_back, names_it
from spd.licensing.findings import Act, Finding, Matter, Severity
from spd.licensing.models import LicenceKind
from spd.licensing.record import Device, OnRecord, Version


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """Goods that somebody wants to order or receive."""

    supplier_id: int
    product_id: int
    produced_on: date | None = None


@dataclass(frozen=True, kw_only=True)
class Rules:
    """On which day, for which act, and how what is not on record is judged: ignore, warn or block."""

    on: date
    act: Act
    missing: str

    @property
    def lapsed(self) -> Severity:
        """How grave a lapsed licence other than the product's is: at the bay it was ordered already."""
        return Severity.BLOCK if self.act is Act.ORDER else Severity.WARN


@dataclass(frozen=True, kw_only=True)
class _About:
    """Whose licence of which kind is looked at."""

    kind: LicenceKind
    holder: tuple[str, str]
    """By name, as registered and in English."""
    party_id: int | None = None
    product_id: int | None = None

    def found(
        self, severity: Severity, matter: Matter, *, number: str = "", number_en: str = "", day: date | None = None,
        classes: str = "",
    ) -> Finding:  # fmt: skip
        return Finding(
            severity=severity, matter=matter, kind=self.kind, holder=self.holder[0], holder_en=self.holder[1],
            party_id=self.party_id, product_id=self.product_id, number=number, number_en=number_en,
            day=day, classes=classes,
        )  # fmt: skip


def judge(record: OnRecord, one: Wanted, rules: Rules) -> Iterator[Finding]:
    """What is found against these goods, the product's own certificate first."""
    device = record.devices[one.product_id]
    yield from _registration(record, one, device, rules)
    yield from _supplier(record, one, device, rules)
    yield from _maker(record, one, device, rules)
    yield from _chain(record, one, device, rules)


def _registration(record: OnRecord, one: Wanted, device: Device, rules: Rules) -> Iterator[Finding]:
    versions = record.registrations.get(device.registration, ())
    about = _About(kind=LicenceKind.REGISTRATION, holder=device.names, product_id=one.product_id)
    number = device.registration
    if not versions:
        yield from _missing(rules, about)
    elif rules.act is Act.RECEIVE and one.produced_on is not None:
        if not _any_on(versions, one.produced_on):
            yield about.found(Severity.BLOCK, Matter.MADE_OUTSIDE, number=number, day=one.produced_on)
    elif not _any_on(versions, rules.on):
        yield _not_on(versions, rules.on, Severity.BLOCK, about)
    elif rules.act is Act.RECEIVE:
        yield about.found(Severity.WARN, Matter.DAY_UNKNOWN, number=number)


def _supplier(record: OnRecord, one: Wanted, device: Device, rules: Rules) -> Iterator[Finding]:
    """The supplier may do business, and trade in devices of this class; class I needs no licence to trade."""
    name = record.names[one.supplier_id]
    business = _About(kind=LicenceKind.BUSINESS, holder=name, party_id=one.supplier_id)
    yield from _held(record.held(one.supplier_id, LicenceKind.BUSINESS), rules, rules.on, business)
    if device.device_class == 1:
        return
    trade = _About(kind=LicenceKind.OPERATION, holder=name, party_id=one.supplier_id)
    versions = record.held(one.supplier_id, LicenceKind.OPERATION)
    fitting = [version for version in versions if version.is_for_class(device.device_class)]
    if versions and not fitting:
        yield trade.found(rules.lapsed, Matter.CLASS, classes=str(device.device_class))
    else:
        yield from _held(fitting, rules, rules.on, trade)


def _maker(record: OnRecord, one: Wanted, device: Device, rules: Rules) -> Iterator[Finding]:
    """The maker may make it, when it was made where that is known. Makers abroad have no licence of this country."""
    if device.maker_id is None or device.imported:
        return
    day = one.produced_on if rules.act is Act.RECEIVE and one.produced_on else rules.on
    versions = record.held(device.maker_id, LicenceKind.PRODUCTION)
    holder = record.names[device.maker_id]
    yield from _held(versions, rules, day, _About(kind=LicenceKind.PRODUCTION, holder=holder, party_id=device.maker_id))


def _chain(record: OnRecord, one: Wanted, device: Device, rules: Rules) -> Iterator[Finding]:
    """Whoever sells it was authorised by whoever was authorised … by the maker, every link on that day.

    A chain that once led back, or a link that names this product or maker, is on record and must hold; where nothing
    on record speaks of these goods, the chain is not on record.
    """
    if device.maker_id == one.supplier_id:
        return
    links = [link for link in record.links if link.is_of(one.product_id, device.maker_id)]
    standing = [link for link in links if link.holds_on(rules.on)]
    if leads_back(standing, one.supplier_id, device.maker_id):
        return
    about = _About(
        kind=LicenceKind.AUTHORISATION, holder=record.names[one.supplier_id], party_id=one.supplier_id,
        product_id=one.product_id,
    )  # fmt: skip
    spoken_of = any(names_it(link, one.supplier_id, one.product_id, device.maker_id) for link in links)
    if spoken_of or leads_back(links, one.supplier_id, device.maker_id):
        zh, en = (name[:40] for name in device.names)
        yield about.found(rules.lapsed, Matter.BROKEN, number=zh, number_en=en)
    else:
        yield from _missing(rules, replace(about, product_id=None))


def _held(versions: Sequence[Version], rules: Rules, day: date, about: _About) -> Iterator[Finding]:
    """Nothing where one of the versions holds on the day."""
    if not versions:
        yield from _missing(rules, about)
    elif not _any_on(versions, day):
        yield _not_on(versions, day, rules.lapsed, about)


def _missing(rules: Rules, about: _About) -> Iterator[Finding]:
    if rules.missing != "ignore":
        yield about.found(Severity(rules.missing), Matter.MISSING)


def _any_on(versions: Iterable[Version], day: date) -> bool:
    return any(version.holds_on(day) for version in versions)


def _not_on(versions: Sequence[Version], day: date, severity: Severity, about: _About) -> Finding:
    """Why none of the versions holds on the day: all ended, none begun, or the day falls between two."""
    ended = [version for version in versions if version.valid_to_on is not None and version.valid_to_on < day]
    coming = [version for version in versions if version.valid_from_on > day]
    if coming:
        version = min(coming, key=lambda one: one.valid_from_on)
        matter = Matter.BETWEEN if ended else Matter.NOT_YET
        return about.found(severity, matter, number=version.number, day=version.valid_from_on)
    version = max(ended, key=lambda one: one.valid_to_on or date.max)
    return about.found(severity, Matter.ENDED, number=version.number, day=version.valid_to_on)
