"""How fast it is, as a ratio to the limit of the same machine in the same run."""

from spd.bench.run import Findings, run

__all__ = ["Findings", "run"]
