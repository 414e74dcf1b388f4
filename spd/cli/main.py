"""This file is the `spd` command itself and how it ends: a refusal is one sentence on stderr and exit status 2."""

from __future__ import annotations

import os
import sys
from importlib import import_module

import click

from spd import __version__
from spd.cli.context import language
from spd.core import heap
from spd.core.database import UnsafeDatabase
from spd.core.errors import Refusal
from spd.core.settings import BadSetting

MODULES = {
    "serve": "serving", "worker": "serving", "demo": "serving", "db": "data", "settings": "data", "import": "data",
    "period": "months", "scan": "scanning", "label": "labelling", "printing": "labelling", "trace": "reports",
    "cost": "reports", "recall": "recall_shown", "verify": "proof", "seal": "proof", "bench": "measuring",
    "staff": "people", "token": "people",
}  # fmt: skip
"""Where each command is. Only the one that is run is loaded: a scanner's text is read without a hospital behind it."""


class _Commands(click.Group):
    """The commands by name."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(MODULES)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in MODULES:
            return None
        with heap.loading():
            found: tuple[click.Command, ...] = import_module(f"spd.cli.{MODULES[cmd_name]}").COMMANDS
        return next(command for command in found if command.name == cmd_name)


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="spd")
def spd() -> None:
    """Follow every medical consumable of a hospital from supplier to patient."""


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
