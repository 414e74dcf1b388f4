"""This file is what became of a set: its figures, read from the books, and what to look at."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from spd.core.money import ZERO, shown
from spd.encounters import Encounter
from spd.exchange.synthea.acts import DEVICE, key_of
from spd.exchange.synthea.files import SyntheaSet, Used
from spd.exchange.synthea.labels import Label, quarantined
from spd.ledger import EntryRow, Movement, Posting, Request

EXPENSES = ("5001.01", "5101.01")
_AT_ONCE = 500


@dataclass(frozen=True, kw_only=True)
class SyntheaReport:
    """The figures of a set that is on record.

    `quarantined`: (row of devices.csv, reason) of labels in doubt; their units are used all the same.
    `unknown`: (file, row, encounter) of rows whose encounter is not in the set; nothing is used for them.
    """

    patients: int
    encounters: int
    devices_used: int
    supply_rows_used: int
    units_used: int
    quarantined: tuple[tuple[int, str], ...]
    unknown: tuple[tuple[str, int, str], ...]
    cost_total: Decimal
    new_encounters: int
    new_uses: int

    def as_json(self) -> dict[str, Any]:
        """The figures that stay the same however often the set is loaded."""
        return {
            "patients": self.patients,
            "encounters": self.encounters,
            "devices_used": self.devices_used,
            "supply_rows_used": self.supply_rows_used,
            "units_used": self.units_used,
            "quarantined": [{"row": row, "reason": reason} for row, reason in self.quarantined],
            "unknown_encounter": len(self.unknown),
            "cost_total": shown(self.cost_total),
        }


def rows_done(session: Session, rows: Iterable[Used]) -> set[str]:
    """The keys of the rows whose use is on record."""
    keys = {key_of(row, "use:0"): row.key for row in rows}
    wanted = list(keys)
    done: set[str] = set()
    for start in range(0, len(wanted), _AT_ONCE):
        found = session.scalars(select(Request.key).where(Request.key.in_(wanted[start : start + _AT_ONCE])))
        done |= {keys[key] for key in found}
    return done


def report(
    session: Session,
    given: SyntheaSet,
    labels: Sequence[tuple[Used, Label]],
    *,
    new_encounters: int,
    new_uses: int,
) -> SyntheaReport:
    """The set's figures as the books have them."""
    done = rows_done(session, (*given.devices, *given.supplies))
    encounters, cost = _encounters_and_cost(session, list(given.visits))
    supplies = [row for row in given.supplies if row.key in done]
    return SyntheaReport(
        patients=len(given.patients),
        encounters=encounters,
        devices_used=sum(row.key in done for row in given.devices),
        supply_rows_used=len(supplies),
        units_used=sum(row.quantity for row in supplies),
        quarantined=tuple(quarantined(labels)),
        unknown=tuple(
            (row.file, row.row, row.encounter)
            for row in (*given.devices, *given.supplies)
            if row.encounter not in given.visits
        ),
        cost_total=cost,
        new_encounters=new_encounters,
        new_uses=new_uses,
    )


def _encounters_and_cost(session: Session, codes: Sequence[str]) -> tuple[int, Decimal]:
    """How many of the encounters are on record, and what the set's uses on them cost."""
    count, cost = 0, ZERO
    for start in range(0, len(codes), _AT_ONCE):
        these = select(Encounter.id).where(Encounter.code.in_(codes[start : start + _AT_ONCE])).subquery()
        count += session.scalar(select(func.count()).select_from(these)) or 0
        spent = (
            select(func.sum(Posting.amount))
            .join(EntryRow, EntryRow.id == Posting.entry_id)
            .join(Movement, Movement.id == EntryRow.movement_id)
            .where(
                Posting.encounter_id.in_(select(these.c.id)), Posting.account.in_(EXPENSES), Movement.device == DEVICE
            )
        )
        cost += session.scalar(spent) or ZERO
    return count, cost
