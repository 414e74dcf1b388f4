"""This file is `spd db`, `spd settings` and `spd import`: the database and what is put into it."""

from __future__ import annotations

import os
from pathlib import Path

import click

from spd.cli.acting import acting
from spd.cli.context import as_json, language, opened, progress, settings, table
from spd.core import schema
from spd.core.database import Database
from spd.core.transaction import transaction
from spd.exchange import imports


@click.group()
def db() -> None:
    """The database's shape."""


@db.command()
def upgrade() -> None:
    """Bring the database up to date."""
    database = Database(settings().database_url)
    schema.upgrade(database)
    click.echo("The database is up to date.")


@db.command()
@click.argument("revision")
def downgrade(revision: str) -> None:
    """Take the database back to REVISION (`base`: before the first)."""
    schema.downgrade(Database(settings().database_url), revision)
    click.echo(f"The database is at {revision}.")


@db.command()
def check() -> None:
    """Whether the database is up to date; exit status 1 where not."""
    database = Database(settings().database_url)
    if not schema.is_current(database):
        click.echo("Not up to date: run `spd db upgrade`.", err=True)
        raise SystemExit(1)
    click.echo("The database is up to date.")


@click.command("settings")
def show_settings() -> None:
    """Every setting, its value and its meaning."""
    table("Settings", ("variable", "value", "meaning"), settings().listed())


@click.command("import")
@click.argument("kind", type=click.Choice(imports.kinds()))
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--map", "mapping", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="YAML: their column: ours."
)
@click.option("--dry-run", is_flag=True, help="Check everything, write nothing.")
@click.option("--json", "as_data", is_flag=True, help="Print data only.")
@click.option("--as", "staff", default="system", show_default=True, help="Who imports.")
def import_(kind: str, file: Path, mapping: Path | None, dry_run: bool, as_data: bool, staff: str) -> None:
    """Import FILE (XLSX, or CSV in UTF-8 or GBK) as KIND. All rows or none; exit status 1 where rows are wrong."""
    with opened() as database, progress(quiet=as_data) as report:
        rows = imports.read_table(kind, file, mapping=mapping, tell=lambda done, _of: report("read", done, None))
        report("read", len(rows.rows), len(rows.rows))
        with transaction(database) as session:
            said = acting(session, staff, said=[kind, file.name])
            found = imports.import_table(
                session, kind, rows, said, zone=settings().zone, dry_run=dry_run,
                tell=lambda done, of: report("judge", done, of),
            )  # fmt: skip
        report("judge", len(rows.rows), len(rows.rows))
    if as_data:
        click.echo(as_json(found.as_json(language(os.environ))))
    else:
        would = "would be " if dry_run else ""
        click.echo(f"{found.created} {would}created, {found.updated} {would}updated, {found.unchanged} unchanged")
        for problem in found.problems:
            click.echo(f"row {problem.row}, {problem.column}: {getattr(problem, language(os.environ))}", err=True)
    if found.problems:
        raise SystemExit(1)


COMMANDS = (db, show_settings, import_)
