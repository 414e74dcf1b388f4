"""An implant that was typed: the bedside asks for a picture of its label, the log shows it; a patient's alerts."""

from __future__ import annotations

import json
from collections.abc import Callable
from io import BytesIO
from types import SimpleNamespace

from tests.pages.visiting import Visitor

PICTURE = b"\xff\xd8\xff\xe0 a label \xff\xd9"


def typed(who: Visitor, code: str) -> str:
    """What the bedside answers to a code that was typed, as its script asks."""
    form = who.form("/bedside", "scan")
    said = {
        "codes": [code], "state": {"patient": state_of(form)}, "entered": "keyed", "reason": "damaged",
        "request_key": form["fields"]["request_key"],
    }  # fmt: skip
    answer = who.client.post("/bedside", json=said, headers={"X-CSRFToken": form["fields"]["csrf_token"]})
    assert answer.get_json()["class"] in ("ok", "caution"), answer.text
    return str(answer.get_json()["parts"]["photo"])


def state_of(form: dict[str, dict[str, str]]) -> str:
    return str(json.loads(form["fields"]["state"])["patient"])


def test_a_typed_implant_is_asked_for_its_label_and_shown_with_it(
    enter: Callable[..., Visitor], there: SimpleNamespace
) -> None:
    nurse, quality = enter("nurse"), enter("quality")
    nurse.look("/bedside")
    nurse.scan("W-1")
    part = typed(nurse, "(01){}(10)L1(21){}".format(*there.stents[1].split(".")))
    where = part.split('href="')[1].split('"')[0]
    assert "Photo of the label" in nurse.look("/bedside").text
    assert "typed, no photo" in quality.look("/theatre/implants?label=typed").text
    page = nurse.look(where)
    form = nurse.form(where)
    assert "Take or choose a picture" in nurse.client.post(where, data=form["fields"]).text
    sent = form["fields"] | {"photo": (BytesIO(PICTURE), "label.jpg")}
    answer = nurse.client.post(where, data=sent, content_type="multipart/form-data")
    assert answer.status_code == 302, answer.text
    shown = quality.look(answer.location.removeprefix("http://localhost")).text
    picture = shown.split('href="/theatre/labels/')[1].split('"')[0]
    told = quality.client.get(f"/theatre/labels/{picture}")
    assert (told.mimetype, told.data) == ("image/jpeg", PICTURE)
    assert "typed, no photo" not in quality.look("/theatre/implants?label=photo").text.split("<tbody")[1]
    assert page.status_code == 200


def test_what_a_patient_must_not_get_is_told_on_their_page(
    enter: Callable[..., Visitor], there: SimpleNamespace
) -> None:
    nurse = enter("nurse")
    where = f"/patients/{there.h.stay.id}"
    nurse.look(where)
    assert "Kept." in nurse.fill(f"{where}/alerts", alerts="latex").text
    nurse.look("/bedside")
    nurse.scan("W-1")
    assert nurse.page is not None
    assert "allergic to latex" in nurse.page.text
    assert "allergic to latex" in enter("quality").look(where).text
