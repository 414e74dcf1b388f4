"""This file is the `spd` command itself and how it ends: a refusal is one sentence on stderr and exit status 2."""

from __future__ import annotations

import os
import sys

import click

from spd import __version__
from spd.cli import data, labelling, measuring, people, proof, recall_shown, reports, scanning, serving
from spd.cli.context import language
from spd.core.database import UnsafeDatabase
from spd.core.errors import Refusal
from spd.core.settings import BadSetting


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="spd")
def spd() -> None:
    """Follow every medical consumable of a hospital from supplier to patient."""


for _module in (serving, data, scanning, labelling, reports, recall_shown, proof, measuring, people):
    for _command in _module.COMMANDS:
        spd.add_command(_command)


def main() -> None:
    """Run the command. Exit status: 0 done, 1 found wrong (verify), 2 refused or misused."""
    try:
        spd(standalone_mode=False)
    except click.ClickException as error:
        error.show()
        sys.exit(2)
    except click.Abort:
        sys.exit(130)
    except Refusal as refusal:
        click.echo(f"{refusal.code}: {refusal.sentence(language(os.environ))}", err=True)
        sys.exit(2)
    except (BadSetting, UnsafeDatabase) as error:
        click.echo(str(error), err=True)
        sys.exit(2)
    except BrokenPipeError:
        sys.exit(0)
