"""This file is the sale of a trace code: a package that is used must not be used again, here or anywhere."""

from __future__ import annotations

from sqlalchemy.orm import Session

from scanners import Scan
from spd import stock, trace_codes
from spd.catalog import find_packaging
from spd.core.occasion import Occasion
from spd.stock import Goods


def note_sale(
    session: Session, occasion: Occasion, said: str | Scan, goods: Goods, quantity: int
) -> list[stock.Caution]:
    """The sale of the trace code on what was scanned kept, and what is wrong with it; nothing where it has none."""
    code = _trace_code(said, goods)
    if code is None:
        return []
    package = find_packaging(session, (said.bound_by if isinstance(said, Scan) else None) or code[:7])
    in_parts = goods.item.code == code or (package is not None and package.base_units > quantity)
    sale = trace_codes.Done(
        codes=(code,), act=trace_codes.Act.SELL, reference=goods.item.code, in_parts=in_parts
    )  # fmt: skip
    return _alarms(trace_codes.note(session, occasion, sale))


def _trace_code(said: str | Scan, goods: Goods) -> str | None:
    """The trace code on what was scanned, or the one that the item goes by."""
    if isinstance(said, Scan) and said.trace_code:
        return said.trace_code
    return goods.item.code if trace_codes.LOOKS_SO.fullmatch(goods.item.code) else None


def _alarms(answer: trace_codes.Answer) -> list[stock.Caution]:
    """What the person is told; the storekeeper finds it on the worklist."""
    return [
        stock.Caution(code=reason, error="E02", zh=f"{zh}, 已报库房核查", en=f"{en}; the store is told")
        for reason in dict.fromkeys(reason for _, reason in answer.alarms)
        for zh, en in [trace_codes.REASONS[reason]]
    ]
