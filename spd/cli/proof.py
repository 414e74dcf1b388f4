"""This file is `spd verify` and `spd seal`: proof that the books are right, and that nobody has rewritten them."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import click

from spd.cli.context import as_json, opened, table
from spd.core import clock
from spd.core.transaction import reading
from spd.jobs import prove
from spd.ledger.verify import CHECKS, compare
from spd.ledger.verify import seal as seal_lines

BESIDES = (
    "inventory", "cost", "titles", "kits", "loaners", "operations", "statements", "invoices", "step-down", "case-costs",
    "stay-costs", "charges", "outbox", "encounters", "device events", "months", "rules", "donations", "emergency uses",
    "pasts",
)  # fmt: skip
"""What is proved beside the ledger's own rules."""


@click.command()
@click.option("--json", "as_data", is_flag=True, help="Print data only.")
@click.option(
    "--seal", "sealed", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="Compare with this seal."
)
def verify(as_data: bool, sealed: Path | None) -> None:
    """Prove the books: replay, chains, sums, money against matter. Exit status 1 and the exact rows where wrong."""
    with opened() as database, reading(database) as session:
        found = prove(session, at=clock.now())
        if sealed is not None:
            with sealed.open(encoding="ascii") as lines:
                found += list(compare(session, lines))
    if as_data:
        checks = [*CHECKS, *BESIDES, *(["seal"] if sealed else [])]
        click.echo(as_json({"clean": not found, "checks": checks, "problems": [asdict(problem) for problem in found]}))
    elif found:
        rows = [(problem.check, problem.table, problem.row, problem.says) for problem in found]
        table(f"{len(found)} problems", ("check", "table", "row", "what is wrong"), rows)
    else:
        click.echo("Clean: every item equals its movements, every entry balances, goods and accounts agree.")
    if found:
        raise SystemExit(1)


@click.command()
@click.argument("file", type=click.Path(dir_okay=False, writable=True, path_type=Path))
def seal(file: Path) -> None:
    """Write a seal of the ledger to FILE; keep it on another machine, compare with `spd verify --seal FILE`."""
    with opened() as database, reading(database) as session, file.open("w", encoding="ascii") as written:
        count = 0
        for line in seal_lines(session, at=clock.now()):
            written.write(line + "\n")
            count += 1
    click.echo(f"{count - 2} chains sealed in {file}.")


COMMANDS = (verify, seal)
