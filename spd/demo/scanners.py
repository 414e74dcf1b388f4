"""This file is how the demo hospital takes scanners: it has none to be tested, so any browser may try any code."""

from __future__ import annotations

from datetime import date

from spd import policies
from spd.demo.world import World

_WHY = "演示医院没有登记的扫描枪, 任何浏览器都可试扫; 真实医院应保留 block"


def trust_any(world: World, first: date) -> None:
    """Let scanners without a name, and phones, book suppliers' codes with a notice, as a hospital may decide."""
    for kind in ("unnamed", "phone"):
        when = world.occasion(world.staff["admin"], world.at(first, 7), "office")
        policies.settle(world.session, when, policies.UNTESTED + kind, "warn", reason=_WHY)
