"""This file is GS1's own verdicts: every one of them must be ours."""

import pytest
from given import cases

from scanners.gs1.linters import RULES
from scanners.report import as_json

READ = ("element_string", "scan_data", "ai_bracketed", "dl_uri")
VECTORS = [case for case in cases("gs1/engine_vectors.json") if case["kind"] in READ]
MUTATIONS = cases("gs1/oracle_labelled_mutations.json")
LINTS = cases("gs1/component_lint_vectors.json")
ASSOCIATIONS = [case for case in cases("gs1/engine_vectors.json") if case["kind"] == "ai_association"]


def name(case):
    return case["id"]


@pytest.mark.parametrize("case", [case for case in VECTORS if not case["options"]], ids=name)
def test_a_vector_of_gs1s_engine_has_its_verdict(case):
    said = as_json(case["input"])
    assert (said["valid"], said["strict_valid"]) == (
        case["valid"],
        case.get("valid_with_ai_associations", case["valid"]),
    )
    if case["valid"]:
        assert said["elements"] == (case.get("expected_ais") or [])


def test_every_labelled_mutation_has_the_engines_verdict():
    wrong = []
    for case in MUTATIONS:
        said = as_json(case["input"])
        same = (said["valid"], said["strict_valid"]) == (case["valid"], case["valid_with_ai_associations"])
        if not same or (case["valid"] and said["elements"] != case["expected_ais"]):
            wrong.append((case["id"], case["input"], said["valid"], said["elements"]))
    assert wrong == []


def test_every_form_a_scanner_sends_has_the_verdict_of_what_it_scanned():
    for case in VECTORS:
        if "scan_form" in case and not case["options"]:
            said = as_json(case["scan_form"])
            assert (said["valid"], said["elements"] if case["valid"] else None) == (
                case["valid"],
                case.get("expected_ais"),
            ), case["id"]


def test_every_component_rule_agrees_in_verdict_name_and_place():
    wrong = []
    for case in LINTS:
        value, found = case["input"], RULES[case["linter"]](case["input"])
        shown = found and value[: found[1]] + "*" + value[found[1] :][: found[2]] + "*" + value[found[1] + found[2] :]
        if (found and found[0], shown) != (case.get("error"), case.get("highlight")):
            wrong.append((case["linter"], value, found, case.get("error"), case.get("highlight")))
    assert wrong == []


@pytest.mark.parametrize("case", ASSOCIATIONS, ids=name)
def test_companions_and_exclusions_are_judged_as_gs1_does(case):
    said = as_json(case["input"])
    assert said["strict_valid"] == case["valid"]
    assert said["valid"] == (case["expected_ais"] is not None)
    if case["expected_ais"] is not None:
        assert said["elements"] == case["expected_ais"]
