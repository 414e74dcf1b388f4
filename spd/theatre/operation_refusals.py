"""This file is what an operation refuses."""

from __future__ import annotations

from spd.core.errors import Conflict, NotAllowed, NotFound, Refused


class NotARoom(Refused):
    """An operation is in a theatre's room."""

    code = "not-a-room"
    error = "E20"
    say = {
        "zh": "{location} 不是手术间。扫描手术间标签。",
        "en": "{location} is no room of a theatre. Scan the label of the room.",
    }


class OtherOperation(Conflict):
    """An operation of this number was planned before and says something else."""

    code = "other-operation"
    error = "E03"
    say = {
        "zh": "手术 {operation} 已登记, 内容不同。在该手术上修改。",
        "en": "Operation {operation} is planned and says something else. Change it there.",
    }


class OperationStands(Conflict):
    """The operation is not where this can be done: not begun, ended, confirmed or cancelled."""

    code = "operation-stands"
    error = "E03"
    verdict = "repeat"
    say = {
        "zh": "手术 {operation} 当前状态为 {standing}, 不能执行此操作。",
        "en": "Operation {operation} is {standing}: this was done, or cannot be done now.",
    }


class RoomBusy(Conflict):
    """Another operation is under way in the room."""

    code = "room-busy"
    error = "E03"
    say = {
        "zh": "{room} 内手术 {other} 尚未结束。先结束该手术。",
        "en": "Operation {other} is under way in {room}. End that one first.",
    }


class NothingPlanned(NotFound):
    """Nothing is planned for this patient in this room."""

    code = "nothing-planned"
    error = "E18"
    say = {
        "zh": "{room} 没有该患者的手术安排。核对腕带和手术间, 或先登记手术。",
        "en": "Nothing is planned for this patient in {room}. Check wristband and room, or plan the operation.",
    }


class PlannedElsewhere(Refused):
    """The patient's operation is planned in another room."""

    code = "planned-elsewhere"
    error = "E18"
    say = {
        "zh": "该患者的手术 {operation} 安排在 {room}。核对患者; 如已换间, 先修改安排。",
        "en": "The operation {operation} of this patient is planned in {room}. Check the patient; if the room has "
        "changed, change the plan first.",
    }


class SomethingBooked(Refused):
    """Something was drawn or used."""

    code = "operation-booked"
    error = "E03"
    say = {
        "zh": "手术 {operation} 已领用或使用物品, 不能取消。先退回或冲销: {left}。",
        "en": "Something was drawn for operation {operation} or used: it cannot be cancelled. Bring it back, or undo "
        "the use: {left}.",
    }


class InRoomAlready(Conflict):
    """The thing is in the room."""

    code = "in-room-already"
    error = "E03"
    verdict = "repeat"
    say = {
        "zh": "{item} 已在手术间内, 不必领用。使用时扫描即可。",
        "en": "{item} is in the room already. Scan it when it is used.",
    }


class NotDrawn(Refused):
    """The thing is not among what was drawn for the operation and is still there."""

    code = "not-drawn"
    error = "E02"
    say = {
        "zh": "{item} 不在手术 {operation} 的未结领用内 (未领用、已用或已退回)。核对标签。",
        "en": "{item} is not among what is still out for operation {operation}: not drawn, used, or back. Check the "
        "label.",
    }


class SeveralOrigins(Refused):
    """What goes back came from several places."""

    code = "several-origins"
    error = "E20"
    say = {
        "zh": "这些物品领自不同货位。分次退回, 或指明退回货位。",
        "en": "These came from several places. Bring them back one by one, or say where to.",
    }


class StillOut(Refused):
    """Something that was drawn is neither used, nor back, nor wasted."""

    code = "operation-still-out"
    error = "E07"
    say = {
        "zh": "手术 {operation} 不能确认: {count} 件未说明去向 ({left})。扫描使用、退回, 或申请报损。",
        "en": "Operation {operation} cannot be confirmed: {count} not accounted for ({left}). Scan the use, bring it "
        "back, or ask for a write-off.",
    }


class NotThePerson(NotAllowed):
    """The signature is of somebody else than the operation names."""

    code = "not-the-person"
    error = "E15"
    say = {
        "zh": "此处须由 {name} 签名。人员有变更时, 先修改手术人员。",
        "en": "{name} signs here. If somebody else took over, change the people of the operation first.",
    }


class SignedAlready(Conflict):
    """The same person has signed for the same figures."""

    code = "signed-already"
    error = "E03"
    verdict = "repeat"
    say = {
        "zh": "{name} 已签名, 数量未变, 不重复。",
        "en": "{name} has signed, and nothing has changed since.",
    }
