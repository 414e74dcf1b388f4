"""This file is `spd serve`, `spd worker` and `spd demo`: processes that stay."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click
from gunicorn.app.base import BaseApplication
from sqlalchemy import select

from api.even_worker import EvenWorker
from spd import demo as made_up
from spd.cli.context import as_json, opened, progress, settings
from spd.core import clock, heap, schema
from spd.core.database import Database
from spd.core.settings import Settings
from spd.core.transaction import transaction
from spd.exchange import polling
from spd.exchange import synthea as synthea_export
from spd.jobs import work
from spd.jobs.worker import Besides
from spd.staff import Staff


class _Server(BaseApplication):  # type: ignore[misc]
    """Gunicorn with our settings; each worker opens its own database connections after the fork."""

    def __init__(self, said: Settings) -> None:
        self.said = said
        super().__init__()

    def load_config(self) -> None:
        for name, value in {
            "bind": f"{self.said.host}:{self.said.port}",
            "workers": int(self.said.workers),
            "threads": int(self.said.threads),
            "worker_class": EvenWorker,
            "timeout": 60,
            "graceful_timeout": 10,
            "keepalive": 75,
            "accesslog": None,
            "errorlog": "-",
            "loglevel": "warning",
            "control_socket_disable": True,
        }.items():
            self.cfg.set(name, value)

    def load(self) -> Any:
        from api import create_app

        app = create_app(self.said)
        heap.settle()
        return app


@click.command()
def serve() -> None:
    """Serve the configured database over HTTP."""
    said = settings()
    with opened():
        pass
    import api  # noqa: F401 - loaded before the workers are forked, once for all of them

    click.echo(f"SPD at http://{said.host}:{said.port}", err=True)
    _Server(said).run()


def _polling(database: Database) -> list[Besides]:
    """HIS's view of charges, where one is set up: every few minutes, and the last days again each night."""
    said = settings()
    if polling.view_of(said) is None:
        return []
    return [
        Besides(
            name="poll", run=lambda: polling.poll(database, said, now=clock.now),
            every_minutes=int(said.charge_view_minutes),
        ),
        Besides(name="poll-late", run=lambda: polling.poll_late(database, said, now=clock.now)),
    ]  # fmt: skip


@click.command()
def worker() -> None:
    """Run the nightly jobs, and long work that was left. Any number of workers may run."""
    from api import create_app

    with opened() as database:
        create_app(settings(), database)  # files that pages give are made here too
        heap.settle()
        work(database, settings(), now=clock.now, besides=_polling(database))


@click.command()
@click.option("--seed", default=1, show_default=True, help="Another seed is another hospital.")
@click.option("--beds", default=120, show_default=True, type=click.IntRange(10, 3000), help="How big it is.")
@click.option(
    "--synthea",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Load this Synthea CSV export instead.",
)
@click.option("--no-serve", is_flag=True, help="Make the data and stop.")
@click.option("--json", "as_data", is_flag=True, help="Print data only.")
def demo(seed: int, beds: int, synthea: Path | None, no_serve: bool, as_data: bool) -> None:
    """A demo hospital in the configured database (SQLite in var/ by default), served at once."""
    said = settings()
    database = Database(said.database_url)
    schema.upgrade(database)
    with progress(quiet=as_data) as report:
        if synthea is None:
            _told(
                made_up.generate(database, now=clock.now(), zone=said.zone, seed=seed, beds=beds, progress=report),
                as_data,
            )
        else:
            loaded = synthea_export.load(database, synthea, now=clock.now(), zone=said.zone, progress=report)
            _ensure_logins(database)
            click.echo(as_json(loaded.as_json()))
            _print_logins(as_data)
    database.dispose()
    if not no_serve:
        click.echo(f"\nSPD at http://{said.host}:{said.port}  (Ctrl+C stops it)", err=True)
        _Server(said).run()


def _ensure_logins(database: Database) -> None:
    with transaction(database) as session:
        if session.scalar(select(Staff.id).where(Staff.code == made_up.logins()[0].code)) is None:
            made_up.add_logins(session)


def _told(summary: made_up.DemoSummary, as_data: bool) -> None:
    if as_data:
        click.echo(as_json({"counts": summary.counts, "examples": summary.examples, "created": summary.created}))
        return
    click.echo("\nA made-up hospital: no person, supplier or product in it exists.")
    click.echo("  ".join(f"{name} {count:,}" for name, count in summary.counts.items()))
    _print_logins(as_data)
    click.echo("\nTo scan:")
    for what, code in summary.examples.items():
        click.echo(f"  {what:<28} {code}")
    for note in summary.notes:
        click.echo(f"  open delivery note {note.number:<9} {note.label}")
        for scan in note.scans[:4]:
            click.echo(f"    {scan}")


def _print_logins(as_data: bool) -> None:
    if as_data:
        return
    click.echo(f"\nLogins, password {made_up.PASSWORD}:")
    for login in made_up.logins():
        click.echo(f"  {login.code:<16} {login.role:<16} {login.name}")


COMMANDS = (serve, worker, demo)
