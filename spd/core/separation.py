"""This file is the separation of duties: who asks for a thing does not decide it."""

from __future__ import annotations

from spd.core.errors import NotAllowed


class SamePerson(NotAllowed):
    """The one who asked, counted or ordered may not also decide, check or receive."""

    code = "same-person"
    error = "E15"
    say = {
        "zh": "申请与审批须由不同的人完成。请另一位有权限的同事处理。",
        "en": "Whoever asked for this may not decide it. Ask a colleague who may.",
    }


def refuse_same_person(asked_by_id: int | None, decides_id: int) -> None:
    """Refuse a decision by the one who asked. Raises: SamePerson."""
    if asked_by_id == decides_id:
        raise SamePerson()
