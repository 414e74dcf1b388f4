"""This file is codes that go from one record to the next within a list: the wristband of a stay that is over."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import pairwise
from typing import Any

from sqlalchemy import select

from scanners import own
from spd.encounters import Encounter, led_by_events
from spd.exchange.imports.kind import Change, Importing
from spd.exchange.refusals import Taken

BAND = "wristband"
_EVER = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True, kw_only=True)
class _Claim:
    """A stay that has a band, or is to have it: of a row of the file, or on record alone."""

    code: str
    since: datetime
    until: datetime
    change: Change | None
    record: Any


def pass_on(importing: Importing, changes: Sequence[Change]) -> None:
    """Bands that several stays have: each goes to the last of them, where every one before it was over by then. What
    cannot be is refused in its row. A stay that events lead keeps its band: they say whose it is."""
    records = _with_bands(importing, {change.values[BAND] for change in changes if BAND in change.values})
    led = led_by_events(importing.session, [record.code for record in records])
    rows = {change.record.id: change for change in changes if change.record is not None}
    claims: dict[str, list[_Claim]] = defaultdict(list)
    for change in changes:
        if BAND in change.values and not change.refusals:
            claims[change.values[BAND]].append(_claim(change, change.record, led))
    for record in records:
        row = rows.get(record.id)
        if row is None or row.values.get(BAND) != record.wristband:
            claims[str(record.wristband)].append(_claim(row, record, led))
    for band, several in claims.items():
        several.sort(key=lambda one: (one.since, one.code))
        for before, after in pairwise(several):
            _settle(band, before, after)


def _claim(change: Change | None, record: Any, led: Collection[str]) -> _Claim:
    said = change.values if change is not None else {}
    code = said.get("code") or record.code
    since, until = (said.get(name) or getattr(record, name, None) for name in ("admitted_at", "discharged_at"))
    return _Claim(
        code=code, since=since or _EVER, until=_EVER if code in led else until or _EVER, change=change, record=record
    )  # fmt: skip


def _settle(band: str, before: _Claim, after: _Claim) -> None:
    """The band from one stay to the next, or why not."""
    if before.until > after.since:
        for claim, other in ((after, before), (before, after)):
            if claim.change is not None and claim.change.values.get(BAND) == band:
                row = claim.change.row.number
                claim.change.refusals.append(Taken(row=row, column=BAND, value=band, owner=other.code))
                return
        return
    if before.change is not None and before.change.values.get(BAND) == band:
        del before.change.values[BAND]
    if before.record is not None and before.record.wristband == band and after.change is not None:
        fresh = own.derive("wristband", f"encounter:{before.code}".encode())
        after.change.frees.append((before.record, BAND, fresh))


def _with_bands(importing: Importing, bands: Collection[str]) -> list[Encounter]:
    """The stays on record that have these bands."""
    found: list[Encounter] = []
    wanted = sorted(set(bands))
    for start in range(0, len(wanted), 500):
        part = Encounter.wristband.in_(wanted[start : start + 500])
        found += importing.session.scalars(select(Encounter).where(part))
    return found
