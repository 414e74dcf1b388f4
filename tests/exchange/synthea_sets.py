"""This file is builders of small Synthea sets, so that a test says only what is special about its own."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

GOOD = "(01)09521234567899(11)240101(17)300630(10)A77(21)SN1"
WRONG = "(01)09521234567890(11)240101(17)300630(10)A77(21)SN2"
"""The same identifier with a last digit that is not its check digit."""

HEADERS = {
    "patients": "Id,BIRTHDATE",
    "organizations": "Id,NAME",
    "encounters": "Id,START,STOP,PATIENT,ORGANIZATION,ENCOUNTERCLASS",
    "procedures": "START,STOP,PATIENT,ENCOUNTER,CODE,DESCRIPTION",
    "devices": "START,STOP,PATIENT,ENCOUNTER,CODE,DESCRIPTION,UDI",
    "supplies": "DATE,PATIENT,ENCOUNTER,CODE,DESCRIPTION,QUANTITY",
}
ROWS = {
    "patients": ["p1,1980-01-01", "p2,1990-02-02"],
    "organizations": ["o1,河东门诊", "o2,河西门诊", "o3,无人来"],
    "encounters": [
        "e1,2024-03-01T01:00:00Z,2024-03-01T03:00:00Z,p1,o1,ambulatory",
        "e2,2024-03-02T01:00:00Z,2024-03-04T03:00:00Z,p2,o2,inpatient",
    ],
    "procedures": ["2024-03-01T01:00:00Z,,p1,e1,1,Check"],
    "devices": [f"2024-03-01T02:00:00Z,,p1,e1,170615005,雾化器,{GOOD}"],
    "supplies": ["2024-03-01,p1,e1,337388004,试纸,50"],
}


def write(
    directory: Path, *, headers: dict[str, str] | None = None, encoding: str = "utf-8", **rows: Sequence[str]
) -> Path:
    """A set of six files; `rows` replaces the rows of a file, `headers` its first line."""
    directory.mkdir(parents=True, exist_ok=True)
    for name, header in (HEADERS | (headers or {})).items():
        lines = [header, *rows.get(name, ROWS[name])]
        (directory / f"{name}.csv").write_bytes("\r\n".join([*lines, ""]).encode(encoding))
    return directory


def device(udi: str, *, encounter: str = "e1", code: str = "170615005", at: str = "2024-03-01T02:00:00Z") -> str:
    """A row of devices.csv."""
    return f"{at},,p1,{encounter},{code},雾化器,{udi}"
