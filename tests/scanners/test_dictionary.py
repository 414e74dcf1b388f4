"""This file is our table of identifiers beside GS1's own dictionary: every attribute of every one."""

import re

import pytest
from given import SHARED

from scanners.gs1 import table
from scanners.gs1.table import LENGTHS, TABLE

DICTIONARY = SHARED / "gs1" / "gs1-syntax-dictionary.txt"
if not DICTIONARY.exists():
    pytest.skip("GS1's dictionary is not beside this repository", allow_module_level=True)
_COMPONENT = re.compile(r"(\[?)([NXYZ])(\.\.)?([0-9]+)\]?((?:,[a-z0-9]+)*)")
OURS = {"gcppos1": "key1", "gcppos2": "key2"}


def theirs():
    """identifier -> (flags, components, requirements, exclusions, link)"""
    for line in DICTIONARY.read_text(encoding="utf-8").splitlines():
        entry = line.split("#")[0].split()
        if not entry:
            continue
        first, _, last = entry[0].partition("-")
        flags = entry[1] if entry[1][0] in "*?" else ""
        words = entry[2:] if flags else entry[1:]
        parts = [match.groups() for match in map(_COMPONENT.fullmatch, words) if match]
        pairs = [word.partition("=")[::2] for word in words if not _COMPONENT.fullmatch(word)]
        for number in range(int(first), int(last or first) + 1):
            yield str(number).zfill(len(first)), (flags, parts, pairs)


THEIRS = dict(theirs())
ROWS = {ai: row for row in table._rows() for ai in table._spell(row.ais)}


def those(pattern):
    wanted = re.compile(pattern.replace("n", "[0-9]"))
    return {ai for ai in TABLE if wanted.fullmatch(ai)}


def named(bits):
    return {ai for ai, entry in TABLE.items() if entry.bit & bits}


def test_the_identifiers_are_gs1s():
    assert sorted(TABLE) == sorted(THEIRS)


@pytest.mark.parametrize("ai", THEIRS)
def test_the_format_is_gs1s(ai):
    ours = []
    for part in map(table._PART.fullmatch, ROWS[ai].format.split()):
        low, high = int(part[2]), int(part[3] or part[2])
        ours.append((part[5] == "?", part[1].upper(), low, high, [name for name in part[4].split(".") if name]))
    wanted = []
    for opened, kind, open_ended, size, linters in THEIRS[ai][1]:
        names = [OURS.get(name, name) for name in linters.split(",") if name]
        wanted.append((opened == "[", kind, 1 if open_ended else int(size), int(size), names))
    assert ours == wanted
    assert LENGTHS[ai[:2]] == len(ai)


@pytest.mark.parametrize("ai", THEIRS)
def test_the_flags_companions_exclusions_and_paths_are_gs1s(ai):
    flags, _, pairs = THEIRS[ai]
    entry = TABLE[ai]
    assert (entry.predefined, entry.in_query) == ("*" in flags, "?" in flags)
    needs = [choice.split("+") for name, value in pairs if name == "req" for choice in value.split(",")]
    assert named(entry.one_of) == set().union(*(those(choice[0]) for choice in needs if len(choice) == 1))
    several = [[those(word) for word in choice] for choice in needs if len(choice) > 1]
    assert [[named(one) for one in group] for group in entry.sets] == several
    barred = set().union(*(those(word) for name, value in pairs if name == "ex" for word in value.split(",")))
    assert named(entry.bars) == barred - {ai}
    links = [value for name, value in pairs if name == "dlpkey"]
    paths = tuple(tuple(order.split(",")) if order else () for order in links[0].split("|")) if links else None
    assert entry.paths == paths
