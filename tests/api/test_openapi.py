"""The OpenAPI document: valid, and true of what the interface does with whatever the document allows, and what not."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
import schemathesis
from flask import Flask
from hypothesis import HealthCheck, settings
from openapi_spec_validator import OpenAPIV31SpecValidator
from schemathesis.config import SchemathesisConfig
from schemathesis.generation.hypothesis.builder import HypothesisTestConfig, HypothesisTestMode, create_test
from werkzeug.exceptions import HTTPException

from spd.core.transaction import transaction
from spd.staff import Role
from tests import build
from tests.api.asking import World, spec_of

EXAMPLES = 2
ONE_IN = 1 if settings.get_current_profile_name() == "deep" else 8  # of the cases that cover a schema
# A rule may forbid what a schema allows: the item is used up, the note is known.
REFUSED = ["2xx", "400", "401", "403", "404", "409", "422"]


def test_the_document_is_openapi_3_1(app: Flask) -> None:
    spec = spec_of(app)
    assert spec["openapi"].startswith("3.1")
    assert list(OpenAPIV31SpecValidator(spec).iter_errors()) == []


def test_every_address_under_api_is_documented_with_what_it_refuses(app: Flask) -> None:
    spec = spec_of(app)
    for rule in app.url_map.iter_rules():
        if not rule.rule.startswith("/api/v1/") or rule.rule.endswith("openapi.json"):
            continue
        path = re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule.rule)
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}:
            said = spec["paths"][path][method.lower()]
            assert said["summary"], path
            assert {"401", "403", "404", "default"} <= set(said["responses"]), path
            if method == "POST":
                assert {"400", "409", "422"} <= set(said["responses"]), path


@pytest.fixture
def furnished(embedded: World) -> World:
    with transaction(embedded.database) as session:
        build.packs(session, embedded.h, 3)
        for code in build.stents(session, embedded.h, 3)[:2]:
            build.use(session, embedded.h, code)
    return embedded


def test_the_interface_does_what_its_document_says(furnished: World) -> None:
    """All checks of schemathesis, for every operation, with what the document allows and what it does not.

    Of the thousands of cases that cover its schemas one in eight is asked; `--hypothesis-profile=deep` asks them all.
    """
    headers = {"Authorization": f"Bearer {furnished.token(*(str(role) for role in Role))}"}
    config = SchemathesisConfig.from_dict(
        {
            "generation": {"max-examples": EXAMPLES, "with-security-parameters": False},
            "checks": {"positive_data_acceptance": {"expected-statuses": REFUSED}},
        }
    )
    interface = schemathesis.openapi.from_wsgi("/api/v1/openapi.json", furnished.app, config=config)
    found: list[str] = []
    asked: set[str] = set()
    for operation in interface.get_all_operations():
        one = operation.ok()
        asked.add(one.label)
        test = create_test(
            operation=one, test_func=_checking(furnished.app, headers, found), config=_bounded(interface.config)
        )
        covering = getattr(test, "hypothesis_explicit_examples", [])
        covering[:] = covering[::ONE_IN]
        test()
    assert found == []
    assert len(asked) >= 37


def _bounded(project: Any) -> HypothesisTestConfig:
    return HypothesisTestConfig(
        project=project,
        modes=[HypothesisTestMode.COVERAGE, HypothesisTestMode.FUZZING],
        settings=settings(
            max_examples=EXAMPLES,
            deadline=None,
            database=None,
            derandomize=True,
            suppress_health_check=list(HealthCheck),
        ),
    )


def _read_otherwise(app: Flask, case: schemathesis.Case) -> bool:
    """Whether the code of another address may hold a slash: /deliveries/1/close can be read as a note too."""
    try:
        rule, _values = app.url_map.bind("").match(case.formatted_path, method="GET", return_rule=True)
    except HTTPException:
        return False
    return "<path:" in rule.rule and re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule.rule) != case.path


def _checking(app: Flask, headers: dict[str, str], found: list[str]) -> Callable[[schemathesis.Case], None]:
    def check(case: schemathesis.Case) -> None:
        if case.method == "OPTIONS" and _read_otherwise(app, case):
            return
        answer = case.call(headers=headers)
        try:
            case.validate_response(answer, headers=headers)
        except schemathesis.core.failures.FailureGroup as group:
            found.extend(f"{case.method} {case.formatted_path}: {failure}" for failure in group.exceptions)

    return check
