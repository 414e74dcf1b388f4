"""This file is cold goods at the bay: asked once for a note how cold they came, held where it was too warm or cold."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from spd import ledger
from spd.core.errors import Refused
from spd.core.occasion import Occasion
from spd.receiving.models import Delivery
from spd.receiving.notes import get_delivery
from spd.receiving.packages import Bay, Quarantine, TemperatureMissing, Ware
from spd.receiving.records import DeliveryTemperature, InspectionReason

LOWEST, HIGHEST = -2000, 1000


class NoTemperature(Refused):
    """Nothing arrives so cold or so warm."""

    code = "no-temperature"
    say = {
        "zh": "{tenths} 不是可能的到货温度。按温度计读数填写, 单位摄氏度。",
        "en": "{tenths} tenths of a degree is no temperature goods arrive at. Enter what the thermometer shows.",
    }


@dataclass(frozen=True, kw_only=True)
class Measured:
    """The temperature of a note's cold goods, in tenths of a degree Celsius."""

    occasion: Occasion
    delivery: str
    tenths: int


def measure(session: Session, said: Measured) -> DeliveryTemperature:
    """The temperature on record; it holds for what is received on the note from now on.

    Asked again under the same key, the first answer is given. Raises: KeyReused, UnknownDelivery, NoTemperature.
    """
    by_key = select(DeliveryTemperature).where(DeliveryTemperature.request_key == said.occasion.request_key)
    if known := session.scalars(by_key).one_or_none():
        if known.content != said.occasion.content:
            raise ledger.KeyReused(key=str(said.occasion.request_key))
        return known
    delivery = get_delivery(session, said.delivery)
    if not LOWEST <= said.tenths <= HIGHEST:
        raise NoTemperature(tenths=said.tenths)
    row = DeliveryTemperature(
        delivery_id=delivery.id,
        tenths=said.tenths,
        request_key=said.occasion.request_key,
        content=said.occasion.content,
        said_at=said.occasion.recorded_at,
        said_by_id=said.occasion.staff_id,
    )
    session.add(row)
    try:
        session.flush()  # the same request at this moment is told so here
    except IntegrityError as error:
        raise ledger.Racing() from error
    return row


def newest(session: Session, delivery: Delivery) -> int | None:
    """The temperature that holds for a note, in tenths; None where nobody has said."""
    query = select(DeliveryTemperature.tenths).where(DeliveryTemperature.delivery_id == delivery.id)
    return session.scalar(query.order_by(DeliveryTemperature.id.desc()).limit(1))


def judge(bay: Bay, ware: Ware) -> Quarantine | None:
    """Why a piece is held, where it came too warm or too cold. Raises: TemperatureMissing."""
    if not ware.cold_chain:
        return None
    if bay.temperature is None:
        raise TemperatureMissing(product=ware.name)
    low, high = range_of(bay, ware)
    if low <= bay.temperature <= high:
        return None
    note = f"{degrees(bay.temperature)} °C ({degrees(low)}–{degrees(high)})"
    return Quarantine(reason=InspectionReason.TEMPERATURE, note=note)


def range_of(bay: Bay, ware: Ware) -> tuple[int, int]:
    """The temperatures a product may arrive at: its own, else the hospital's."""
    low = bay.policies["receiving.cold_low_tenths"] if ware.low is None else ware.low
    high = bay.policies["receiving.cold_high_tenths"] if ware.high is None else ware.high
    return low, high


def degrees(tenths: int) -> str:
    """Tenths of a degree as people write them: 45 is 4.5."""
    whole, part = divmod(abs(tenths), 10)
    return f"{'-' if tenths < 0 else ''}{whole}.{part}"
