"""A recall ends when every unit is accounted for and every patient resolved, and not before."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy.orm import Session

from spd import recalls, stock
from spd.core.separation import SamePerson
from spd.ledger import ItemStateName, MovementKind
from spd.places import End
from spd.recalls import Balance, Meant, PatientState, Recall
from tests import build
from tests.build import Hospital
from tests.recalls import acting


def tied(session: Session, recall: Recall) -> dict[str, int]:
    """What is not zero in the tie-out."""
    balance = recalls.total(recalls.tie_out(session, recall))
    return {name: value for name, value in vars(balance).items() if value and name != "line"}


def resolve(session: Session, h: Hospital, recall: Recall, *patients: str) -> None:
    for step in (PatientState.CONTACTED, PatientState.RESOLVED):
        recalls.record(
            session,
            recalls.Step(
                occasion=build.occasion(h.nurse), recall=recall.code, patients=patients, step=step, note="无异常"
            ),
        )


@pytest.fixture
def recall(session: Session, h: Hospital) -> Recall:
    """Six stents of one lot: one used, one returned, one destroyed, three held."""
    codes = build.stents(session, h, 6)
    build.use(session, h, codes[0])
    acting.take_out(session, h, codes[1], MovementKind.RETURN, End.SUPPLIER, ItemStateName.RETURNED)
    acting.take_out(session, h, codes[2], MovementKind.WRITE_OFF, End.LOSS, ItemStateName.WRITTEN_OFF)
    return acting.opened(session, h, Meant(product="STENT"))


def test_received_is_held_used_returned_and_destroyed(session: Session, recall: Recall) -> None:
    assert tied(session, recall) == {"received": 6, "held": 3, "used": 1, "returned": 1, "destroyed": 1}


def test_packs_and_their_bulk_are_counted_once(session: Session, h: Hospital) -> None:
    packs = build.packs(session, h, 3, 15)
    build.use(session, h, packs[0], encounter=None)
    build.use(session, h, packs[1], quantity=4)
    undone = build.use(session, h, packs[1], quantity=1)
    build.reverse(session, h, undone.movement_id)
    recall = acting.opened(session, h, Meant(product="GAUZE"))
    assert tied(session, recall) == {"received": 50, "held": 5 + 11 + 15, "used": 19}
    assert build.problems(session) == []


def test_each_target_ties_by_itself(session: Session, h: Hospital) -> None:
    build.stents(session, h, 2)
    build.packs(session, h, 2, 10)
    recall = acting.opened(session, h, Meant(product="STENT"), Meant(product="GAUZE"))
    assert [(one.line, one.received, one.held, one.ties) for one in recalls.tie_out(session, recall)] == [
        (1, 2, 2, True), (2, 50, 50, True),
    ]  # fmt: skip


def test_it_is_not_closed_while_patients_are_open(session: Session, h: Hospital, recall: Recall) -> None:
    with pytest.raises(recalls.PatientsOpen):
        recalls.close(session, build.occasion(h.keeper), recall.code)
    resolve(session, h, recall, "P-E-1")
    closed = recalls.close(session, build.occasion(h.keeper), recall.code)
    assert (closed.state, closed.closed_at, closed.resolved_at) == ("closed", build.NOW, build.NOW)


def test_it_is_not_closed_while_something_is_free(session: Session, h: Hospital) -> None:
    build.stents(session, h, 2)
    recall = acting.opened(session, h, Meant(product="STENT"), hold=False)
    with pytest.raises(recalls.StillHolding):
        recalls.close(session, build.occasion(h.keeper), recall.code)
    recalls.finish(session, build.occasion(h.keeper), recall)
    with pytest.raises(recalls.NotTied) as refused:
        recalls.close(session, build.occasion(h.keeper), recall.code)
    assert refused.value.facts["free"] == 2


def test_what_is_missing_is_explained_by_one_and_closed_by_another(session: Session, h: Hospital) -> None:
    codes = build.stents(session, h, 2)
    acting.take_out(session, h, codes[0], MovementKind.ADJUST, End.LOSS, ItemStateName.WRITTEN_OFF)
    recall = acting.opened(session, h, Meant(product="STENT"))
    assert tied(session, recall) == {"received": 2, "held": 1, "lost": 1}
    with pytest.raises(recalls.NotTied):
        recalls.close(session, build.occasion(h.keeper), recall.code)
    with pytest.raises(recalls.NotMissing):
        recalls.explain(session, build.occasion(h.keeper), recall.code, 2, "?")
    recalls.explain(session, build.occasion(h.keeper), recall.code, 1, "盘亏已报备")
    with pytest.raises(SamePerson):
        recalls.close(session, build.occasion(h.keeper), recall.code)
    assert recalls.close(session, build.occasion(h.nurse), recall.code).state == "closed"


def test_closed_goods_stay_denied_and_a_closed_recall_opens_again(
    session: Session, h: Hospital, recall: Recall
) -> None:
    resolve(session, h, recall, "P-E-1")
    recalls.close(session, build.occasion(h.keeper), recall.code)
    note = build.note(session, h, h.stents, ("STENT", 1))
    with pytest.raises(stock.Recalled):
        build.receive(session, h, note, build.scan(build.STENT_DI, serial="LATE"))
    assert recalls.reopen(session, build.occasion(h.keeper), recall.code, "新患者").state == "open"
    kinds = [event.kind for event, _name in recalls.timeline(session, recall)]
    assert kinds == ["drafted", "opened", "listed", "held", "closed", "reopened"]


def test_a_false_match_is_let_go_by_another_person_alone(session: Session, h: Hospital) -> None:
    codes = build.stents(session, h, 2)
    recall = acting.opened(session, h, Meant(product="STENT"))
    with pytest.raises(SamePerson):
        recalls.let_go(session, build.occasion(h.keeper), recall.code, codes[:1], "批号录错")
    quality = acting.colleague(session)
    with pytest.raises(recalls.NotOfRecall):
        recalls.let_go(session, build.occasion(quality), recall.code, ["X"], "批号录错")
    occasion = build.occasion(quality)
    assert recalls.let_go(session, occasion, recall.code, codes[:1], "批号录错") == 1
    assert recalls.let_go(session, occasion, recall.code, codes[:1], "批号录错") == 1
    assert tied(session, recall) == {"received": 2, "held": 1, "let_go": 1}
    assert recalls.unheld(session, recall) == []
    assert build.use(session, h, codes[0])
    with pytest.raises(stock.Held):
        build.use(session, h, codes[1])
    assert build.problems(session) == []


def test_a_withdrawn_recall_frees_everything(session: Session, h: Hospital) -> None:
    codes = build.stents(session, h, 3)
    recall = acting.opened(session, h, Meant(product="STENT"))
    quality = acting.colleague(session)
    with pytest.raises(SamePerson):
        recalls.withdraw(session, build.occasion(h.keeper), recall.code, "误发")
    recall = recalls.withdraw(session, build.occasion(quality), recall.code, "误发")
    while recalls.release_some(session, build.occasion(quality), recall, "误发"):
        pass
    for code in codes:
        assert build.use(session, h, code)
    note = build.note(session, h, h.stents, ("STENT", 1))
    assert build.receive(session, h, note, build.scan(build.STENT_DI, serial="NEW"))
    assert build.problems(session) == []


@pytest.mark.parametrize(
    ("more", "ties"),
    [({}, True), ({"free": 1}, False), ({"lost": 1}, False), ({"lost": 1, "found": 1}, True), ({"packed": 1}, False)],
)
def test_nothing_free_missing_or_unexplained_ties(more: dict[str, int], ties: bool) -> None:
    zero: dict[str, Any] = dict.fromkeys(Balance.__dataclass_fields__, 0)
    said = zero | more
    said["received"] = said["held"] + said["free"] + said["lost"] + said["packed"] - said["found"]
    assert Balance(**said).unexplained == 0
    assert Balance(**said).ties is ties
