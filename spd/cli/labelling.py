"""This file is `spd label` and `spd printing`: labels as files, and print jobs sent from the terminal."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import click

from scanners import labels, proving_card
from scanners.labels import SHEETS, SIZES
from spd import labelling
from spd.cli.acting import acting
from spd.cli.context import as_json, opened
from spd.core import clock
from spd.core.transaction import transaction
from spd.jobs import printing

FORMATS = ("pdf", "zpl", "svg", "png")
CARRIERS = ["datamatrix", "qr", "code128"]
_SYMBOLS = [task.name for task in proving_card.TASKS]
_WHO = click.option("--as", "staff", default="system", show_default=True, help="Who prints.")


@click.group()
def label() -> None:
    """Labels as files: PDF, ZPL, SVG, PNG."""


def _command(kind: str, what: str) -> None:
    @label.command(kind, help=f"Labels of {what}. One label to an SVG or PNG file; any number to PDF and ZPL.")
    @click.argument("codes", nargs=-1, required=True)
    @click.option("--out", required=True, type=click.Path(dir_okay=False, path_type=Path), help="pdf, zpl, svg or png.")
    @click.option("--size", type=click.Choice([*SIZES, *SHEETS]), help="Left out: what such a label is made for.")
    @click.option("--dpi", default="203", type=click.Choice(["203", "300", "600"]), show_default=True)
    @click.option("--carrier", type=click.Choice(CARRIERS), help="Left out: what such a label is made with.")
    @click.option("--reason", default="", help="Why it is printed again; needed where it was printed before.")
    @_WHO
    def made(codes: tuple[str, ...], out: Path, **how: Any) -> None:
        _make(kind, codes, out, how | {"dpi": int(how["dpi"])})


for _kind, _what in (
    ("item", "items, by their codes"),
    ("location", "shelves, by their codes"),
    ("badge", "people, by what they log in with"),
    ("wristband", "patients, by encounter number"),
    ("chart", "patients' papers, by encounter number; no wristband"),
    ("document", "delivery notes, by their numbers"),
):
    _command(_kind, _what)


def _make(kind: str, codes: tuple[str, ...], out: Path, how: dict[str, Any]) -> None:
    form = out.suffix.removeprefix(".").lower()
    if form not in FORMATS:
        raise click.UsageError(f"{out.name} should end in one of {', '.join(FORMATS)}.")
    if form in ("svg", "png") and len(codes) > 1:
        raise click.UsageError(f"A {form} file holds one label; use pdf or zpl for {len(codes)}.")
    with opened() as database, transaction(database) as session:
        said = acting(session, how["staff"], said=["label", kind, *codes])
        subjects = [labelling.subject(session, kind, code) for code in codes]
        wanted = labelling.print_subjects(session, said, subjects, medium=form, reason=how["reason"])
        if how["carrier"]:
            wanted = [replace(one, carrier=how["carrier"]) for one in wanted]
        # Written before the prints are kept: what could not be drawn was not printed.
        out.write_bytes(_drawn(wanted, form, how["size"] or subjects[0].size, how["dpi"]))
    click.echo(f"{len(wanted)} label{'s' if len(wanted) > 1 else ''} in {out.name}.")
    for one in wanted:
        if one.reprint:
            click.echo(f"{one.code}: reprint {one.reprint}, and the label says so.")


def _drawn(wanted: list[labels.Label], form: str, size: str, dpi: int) -> bytes:
    sheet = SHEETS.get(size)
    face = sheet.size if sheet else SIZES[size]
    try:
        if form == "pdf":
            return labels.pdf(wanted, sheet or face, dpi=dpi)
        if form == "zpl":
            return "".join(labels.zpl(one, face, dpi=dpi) for one in wanted).encode()
        return labels.png(wanted[0], face, dpi=dpi) if form == "png" else labels.svg(wanted[0], face, dpi=dpi).encode()
    except labels.DoesNotFit as trouble:
        raise click.ClickException(f"It does not fit on {size}: {trouble}") from trouble
    except labels.NoFont as trouble:
        raise click.ClickException(str(trouble)) from trouble


@label.command("test-card")
@click.option("--out", required=True, type=click.Path(dir_okay=False, path_type=Path), help="pdf, zpl, svg or png.")
@click.option("--symbol", default=_SYMBOLS[0], type=click.Choice(_SYMBOLS), show_default=True, help="Of an SVG or PNG.")
@click.option("--size", default=proving_card.SIZE, type=click.Choice([*SIZES]), show_default=True)
@click.option("--dpi", default="203", type=click.Choice(["203", "300", "600"]), show_default=True)
def test_card(out: Path, symbol: str, size: str, dpi: str) -> None:
    """The card that a scanner must read before it may do lot-tracked work: on A4, on labels, or one symbol of it."""
    form = out.suffix.removeprefix(".").lower()
    if form not in FORMATS:
        raise click.UsageError(f"{out.name} should end in one of {', '.join(FORMATS)}.")
    card = proving_card.card_labels()
    wanted = [card[_SYMBOLS.index(symbol)]] if form in ("svg", "png") else card
    out.write_bytes(_drawn(wanted, form, "a4-10" if form == "pdf" else size, int(dpi)))
    click.echo(f"The test card is in {out.name}.")


@click.group("printing")
def printing_() -> None:
    """Print jobs."""


@printing_.command()
@click.argument("job", type=int)
@click.option("--json", "as_data", is_flag=True, help="Print data only.")
def send(job: int, as_data: bool) -> None:
    """Send what is left of JOB; exit status 1 where it did not all come out."""
    with opened() as database:
        printing.send(database, job, now=clock.now)
        with transaction(database) as session:
            kept = labelling.get_job(session, job)
            said = {"job": job, "state": kept.state, "printed": kept.printed, "total": kept.total,
                    "trouble": kept.trouble_en}  # fmt: skip
    click.echo(as_json(said) if as_data else f"{said['printed']} of {said['total']}: {said['state']} {said['trouble']}")
    if said["state"] != "done":
        raise SystemExit(1)


COMMANDS = (label, printing_)
