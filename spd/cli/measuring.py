"""This file is `spd bench`."""

from __future__ import annotations

import click

from spd import bench as benchmark
from spd.bench.postgresql import NoServer
from spd.cli.context import as_json


@click.command()
@click.option("--scans", default=4000, show_default=True, type=click.IntRange(400, 100_000), help="Scans per phase.")
@click.option("--movements", default=1_000_000, show_default=True, type=click.IntRange(1000), help="For the report.")
@click.option("--json", "as_data", is_flag=True, help="Print data only.")
def bench(scans: int, movements: int, as_data: bool) -> None:
    """Measure this machine's limit and us beside it, in one run, on a PostgreSQL of its own. Exit status 1 if the
    books are wrong after it."""
    try:
        found = benchmark.run(lambda line: click.echo(line, err=as_data), scans=scans, movements=movements)
    except NoServer as reason:
        raise click.ClickException(str(reason)) from None
    if as_data:
        click.echo(as_json(found.as_json()))
    kept = sum(target.met for target in found.targets)
    click.echo(f"{kept} of {len(found.targets)} promises kept", err=True)
    if found.problems:
        raise SystemExit(1)


COMMANDS = (bench,)
