"""This file is the table of who may do what, written apart from the program's own: `access.txt`, read."""

from __future__ import annotations

from pathlib import Path

NOBODY, DISABLED = "nobody", "disabled"
OPEN, ANYONE = "open", "anyone"
TABLE = Path(__file__).with_name("access.txt")

# Each role by one letter, in this order.
LETTERS = dict(
    zip(
        "nhkpbfqayesi",
        ("nurse", "head_nurse", "storekeeper", "porter", "buyer", "finance", "quality", "auditor", "system_admin",
         "security_admin", "supplier", "integration"),
        strict=True,
    )
)  # fmt: skip


def expected() -> dict[tuple[str, str], str]:
    """By method and address of `access.txt`: who may ask it."""
    lines = (line for line in TABLE.read_text(encoding="utf-8").splitlines() if not line.startswith("#"))
    rows = (line.split() for line in lines)
    return {(method, address): who for method, address, who in rows}


def of_interface(rows: dict[tuple[str, str], str]) -> list[tuple[str, str]]:
    return [row for row in rows if row[1].startswith("/api/v1/") and rows[row] != OPEN]


def may(who: str, person: str) -> bool:
    if who == OPEN:
        return True
    if person in (NOBODY, DISABLED):
        return False
    letters = {role: letter for letter, role in LETTERS.items()}
    return who == ANYONE or letters[person] in who.removeprefix("own:")
