"""Ninety seeded days after the ninety that levels were reckoned from: served as promised, with less on the shelf."""

from __future__ import annotations

import random
from collections import defaultdict
from dataclasses import dataclass
from fractions import Fraction

from spd.sizing import Cover, Demand, Rule, in_packs, in_whole_packs, live, matrix, points
from spd.sizing.what_if import Lived

DAYS = 90
DEMO = Rule(lower=1, upper=3)
"""What every place of the demo hospital holds of every packed product before anybody has sized it."""
SERVICE = matrix([999, 995, 990, 980, 975, 970, 950, 925, 900])
PACKS = (1, 5, 10, 20, 50)


@dataclass
class Shelf:
    """One product at one place: how much a day, in what size of pack, how much care depends on it."""

    mean: float
    quantity: int
    cell: str


def shelves(chance: random.Random, number: int = 400) -> list[Shelf]:
    """The demo hospital's mix: a pack in a week or two of most things, one or two a day of a few."""
    made = []
    for _ in range(number):
        quantity = chance.choice(PACKS)
        a_day = chance.lognormvariate(-2.0, 1.0)  # packs
        made.append(Shelf(mean=min(a_day, 2.0) * quantity, quantity=quantity, cell=chance.choice(list(SERVICE))))
    return made


def days_of(chance: random.Random, shelf: Shelf) -> list[int]:
    """Base units a day: so many uses, each of one unit or a handful; less at weekends."""
    units = []
    for day in range(DAYS):
        quiet = 0.5 if day % 7 >= 5 else 1.2
        handful = max(1, shelf.quantity // 5)
        uses = _poisson(chance, shelf.mean * quiet / handful)
        units.append(sum(chance.randint(1, 2 * handful - 1) for _ in range(uses)))
    return units


def _poisson(chance: random.Random, mean: float) -> int:
    limit, product, k = 2.718281828459045**-mean, chance.random(), 0
    while product > limit:
        product *= chance.random()
        k += 1
    return k


def demand(units: list[int]) -> Demand:
    mean = sum(units) / len(units)
    spread = sum((one - mean) ** 2 for one in units) / (len(units) - 1)
    return Demand(mean=mean, deviation=spread**0.5, days=len(units))


def sized(shelf: Shelf, past: list[int]) -> Rule:
    cover = Cover(lead_days=0.5, review_days=1, service=SERVICE[shelf.cell])
    found = points(demand(past), cover, pack_quantity=shelf.quantity, vital=shelf.cell[0] == "V")
    packs = in_packs(found, shelf.quantity)
    return Rule(lower=packs.lower, upper=packs.upper)


def simulate(seed: int) -> tuple[dict[str, list[Lived]], Fraction, Fraction]:
    """The days lived by cell of the service matrix, and the packs lying there on average, sized and as in the demo."""
    chance = random.Random(seed)
    lived: dict[str, list[Lived]] = defaultdict(list)
    after = before = Fraction(0)
    for shelf in shelves(chance):
        past, future = days_of(chance, shelf), days_of(chance, shelf)
        wanted = in_whole_packs(future, shelf.quantity)
        rule = sized(shelf, past)
        found = live(wanted, rule)
        lived[shelf.cell].append(found)
        after += found.average
        before += live(wanted, DEMO).average
    return lived, after, before


def served(found: list[Lived]) -> float:
    wanted = sum(one.wanted for one in found)
    return 1 - sum(one.missed for one in found) / wanted


def test_sized_levels_serve_as_promised_and_hold_less_than_the_demo_began_with() -> None:
    for seed in (1, 2, 3):
        lived, after, before = simulate(seed)
        short = {cell: served(found) for cell, found in lived.items() if served(found) < SERVICE[cell] - 0.01}
        assert short == {}
        assert after < before


def test_levels_that_ignore_how_use_varies_do_not_serve() -> None:
    """The same days with no safety stock at all: what the measure above must be able to see."""
    chance = random.Random(1)
    lived: dict[str, list[Lived]] = defaultdict(list)
    for shelf in shelves(chance):
        past, future = days_of(chance, shelf), days_of(chance, shelf)
        upper = max(1, round(demand(past).mean / shelf.quantity))
        rule = Rule(lower=upper - 1, upper=upper)
        lived[shelf.cell].append(live(in_whole_packs(future, shelf.quantity), rule))
    short = [cell for cell, found in lived.items() if served(found) < SERVICE[cell] - 0.01]
    assert len(short) > 5


if __name__ == "__main__":
    for number in (1, 2, 3):
        by_cell, now, demo = simulate(number)
        cells = ", ".join(f"{cell} {served(by_cell[cell]):.4f}/{SERVICE[cell]:.3f}" for cell in sorted(by_cell))
        print(
            f"seed {number}: packs on shelves {float(now):.0f} (demo levels {float(demo):.0f}); served/promised {cells}"
        )
