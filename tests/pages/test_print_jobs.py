"""Print jobs on pages: what jammed and why, sent again, given up, and each ward's own."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace

from flask import Flask

from spd import labelling
from spd.core.transaction import reading
from tests.pages.visiting import Visitor

Enter = Callable[..., Visitor]


def state(app: Flask, number: int) -> str:
    with reading(app.extensions["spd.database"]) as session:
        return labelling.get_job(session, number).state


def test_what_jammed_is_told_with_its_reason_and_sent_again_in_vain(
    app: Flask, enter: Enter, there: SimpleNamespace
) -> None:
    who = enter("storekeeper")
    page = who.look(f"/print-jobs/{there.job}")
    assert "out of paper" in page.text
    assert "P2" in page.text
    told = who.fill(f"/print-jobs/{there.job}/send")
    assert "It is not printed yet" in told.text
    assert state(app, there.job) == "jammed"


def test_a_head_nurse_gives_up_the_job_of_her_ward(app: Flask, enter: Enter, there: SimpleNamespace) -> None:
    who = enter("head_nurse")
    assert "旧打印机" in who.look("/print-jobs").text
    who.look(f"/print-jobs/{there.job}")
    who.fill(f"/print-jobs/{there.job}/cancel")
    assert state(app, there.job) == "cancelled"
