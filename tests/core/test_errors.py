"""Four refusals, each with its status, and sentences filled with facts."""

from __future__ import annotations

import pytest

from spd.core.errors import Conflict, NotAllowed, NotFound, Refusal, Refused


@pytest.mark.parametrize(("refusal", "status"), [(NotFound, 404), (Refused, 422), (Conflict, 409), (NotAllowed, 403)])
def test_each_kind_of_refusal_has_its_status(refusal: type[Refusal], status: int) -> None:
    assert refusal(what="x").status == status


def test_facts_fill_the_sentence_in_both_languages() -> None:
    refusal = NotFound(what="P1")
    assert "P1" in refusal.sentence("zh")
    assert "P1" in refusal.sentence("en")
    assert refusal.facts == {"what": "P1"}


def test_a_refusal_in_a_log_says_its_code_and_facts() -> None:
    assert str(NotFound(what="P1")) == "not-found {'what': 'P1'}"
