"""This file is operations in the words of the tests: planned, opened, drawn for, ended, signed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy.orm import Session

from spd import replenishment, theatre
from spd.places import Location
from spd.staff import Staff
from spd.stock.operation_lines import OperationLine, lines_of
from spd.stock.operations import Operation, Part, Procedure
from spd.theatre import OpeningScanned, OperationAct, OperationPlanned, Signed, ToDraw, ToReturn
from tests import build
from tests.build import NOW, Hospital

KNEE = Procedure(code="81.54", name="全膝关节置换术", side="left")


@dataclass
class Scene:
    """A theatre with a store of its own, a room and its people."""

    session: Session
    h: Hospital
    room: Location
    surgeon: Staff
    nurse: Staff

    def plan(self, **said: Any) -> Operation:
        """An operation of the first patient in the room."""
        known: dict[str, Any] = {
            "occasion": build.occasion(self.h.nurse), "encounter": "E-1", "room": self.room.code,
            "planned_at": NOW + timedelta(hours=1), "surgeon": self.surgeon.code, "nurse": self.nurse.code,
            "procedures": [KNEE],
        }  # fmt: skip
        return theatre.plan(self.session, OperationPlanned(**(known | said)))[0]

    def open(self, operation: Operation) -> Operation:
        """The operation under way, by wristband and room."""
        said = OpeningScanned(occasion=build.occasion(self.h.nurse), encounter="W-1", room=self.room.code)
        found = theatre.open_operation(self.session, said)[0]
        assert found.code == operation.code
        return found

    def begun(self, **said: Any) -> Operation:
        return self.open(self.plan(**said))

    def draw(self, operation: Operation, *codes: str) -> None:
        when = build.occasion(self.h.nurse)
        _, room = theatre.to_draw(self.session, ToDraw(occasion=when, operation=operation.code, items=codes))
        replenishment.transfer(
            self.session,
            replenishment.ToTransfer(occasion=when, items=codes, to=room.code, document=operation.code),
        )

    def bring_back(self, operation: Operation, *codes: str, to: str = "") -> None:
        when = build.occasion(self.h.nurse)
        going = theatre.to_return(self.session, ToReturn(occasion=when, operation=operation.code, items=codes, to=to))
        if going.stays:
            theatre.keep(self.session, when, going)
            return
        moved = replenishment.ToTransfer(occasion=when, items=codes, to=going.to.code, document=operation.code)
        replenishment.transfer(self.session, moved)

    def end(self, operation: Operation) -> Operation:
        said = OperationAct(occasion=build.occasion(self.h.nurse), operation=operation.code)
        return theatre.end(self.session, said)[0]

    def sign(self, operation: Operation, part: Part, staff: Staff | None = None) -> Operation:
        who = staff or (self.surgeon if part is Part.SURGEON else self.nurse)
        said = Signed(occasion=build.occasion(who), operation=operation.code, part=part, staff_id=who.id)
        return theatre.sign(self.session, said)[0]

    def confirm(self, operation: Operation) -> Operation:
        self.sign(operation, Part.NURSE)
        return self.sign(operation, Part.SURGEON)

    def line(self, operation: Operation, code: str) -> OperationLine:
        lines = lines_of(self.session, [operation.id])[operation.id]
        codes = theatre.codes_of(self.session, lines)
        return next(line for line in lines if codes[line.item_id] == code)

    def figures(self, operation: Operation, code: str) -> tuple[int, ...]:
        """(drawn, used, returned, wasted, out) of one thing."""
        line = self.line(operation, code)
        assert line.drawn == line.used + line.returned + line.wasted + line.asked + line.out
        return line.drawn, line.used, line.returned, line.wasted, line.out


def scene(session: Session, h: Hospital) -> Scene:
    """The builders' hospital with a room, a surgeon and a circulating nurse."""
    room = Location(code="OR-1", label="L-OR-1", name="手术间 1", kind="theatre", department_id=h.surgery.id)
    surgeon = Staff(code="cutter", name="术者 (虚构)", badge="S-CUTTER")
    nurse = Staff(code="runner", name="巡回 (虚构)", badge="S-RUNNER")
    session.add_all([room, surgeon, nurse])
    session.flush()  # looked up by their codes
    return Scene(session=session, h=h, room=room, surgeon=surgeon, nurse=nurse)
