"""This file is goods that go back to their supplier: put aside on a document, signed out when they leave.

Ours lessen what we owe; a consignor's were never owed for. A pack of our making goes back whole, by the receipt its
goods came in with, or is unpacked first.
"""

from __future__ import annotations

from functools import partial

from sqlalchemy.orm import Session

from spd import trace_codes
from spd.disposal import money
from spd.disposal.deciding import Decided, Decision, carry_out, find_decided, get_document, let_go, lines_of
from spd.disposal.drawing import Line, ToDispose, draw_up, find_drawn, judged
from spd.disposal.models import Disposal, DisposalLine, Kind
from spd.disposal.refusals import MixedSuppliers, UnpackFirst
from spd.ledger import ItemKind, ItemStateName, MovementKind, Step
from spd.places import End
from spd.stock import Goods, NotSignedYet
from spd.trace_codes import Act, Done


def prepare(session: Session, asked: ToDispose) -> tuple[Disposal, bool]:
    """A return put aside for its supplier, and whether it was before.

    Raises: KeyReused, NotSignedYet, UnpackFirst, MixedSuppliers, and as `draw_up`.
    """
    if done := find_drawn(session, asked.occasion):
        return done, True
    supplier_id = judged(session, asked)[0].goods.item.supplier_id
    return draw_up(session, asked, lambda line: _judge(line, supplier_id), supplier_id=supplier_id), False


def _judge(line: Line, supplier_id: int) -> None:
    item = line.goods.item
    if item.state in (ItemStateName.IN_TRANSIT, ItemStateName.RESERVED):
        raise NotSignedYet(item=item.code)
    if item.kind in (ItemKind.PACK, ItemKind.KIT) and (line.opened or not line.whole or item.receipt_line_id is None):
        raise UnpackFirst(item=item.code)
    if item.supplier_id != supplier_id:
        raise MixedSuppliers(item=item.code)


def sign_out(session: Session, decision: Decision) -> Decided:
    """The goods gone with whoever took them (`note`); their trace codes may arrive again.

    Raises: UnknownDocument, KeyReused, AlreadyDecided, MovedOn, NoRule, Moved, Racing.
    """
    document = get_document(session, Kind.RETURN, decision.document, departments=decision.departments)
    if done := find_decided(session, document, decision):
        return done
    done = carry_out(session, document, decision, partial(_leave, session, document))
    codes = tuple(line.trace_code for line, _ in lines_of(session, document) if line.trace_code)
    if codes:
        back = Done(codes=codes, act=Act.SEND_BACK, reference=document.code)
        trace_codes.note(session, decision.occasion, back)
    return done


def _leave(session: Session, document: Disposal, line: DisposalLine, goods: Goods, period: str) -> Step:
    bearer = money.bearer_of(session, goods)
    whole = line.quantity == goods.item.quantity
    return Step(
        kind=MovementKind.RETURN,
        quantity=line.quantity,
        from_location_id=goods.item.location_id,
        to_location_id=End.SUPPLIER,
        from_owner_id=goods.item.owner_id,
        to_owner_id=goods.item.supplier_id,
        state_after=ItemStateName.RETURNED if whole else goods.item.state,
        department_id=bearer.department_id,
        document=document.code,
        reason=document.reason,
        entry=money.entry_of_return(session, goods, line.quantity, bearer, period=period),
    )


def cancel(session: Session, decision: Decision) -> Decided:
    """The return given up: the goods are stock again. Raises: UnknownDocument, and as `let_go`."""
    document = get_document(session, Kind.RETURN, decision.document, departments=decision.departments)
    return let_go(session, document, decision)
