"""This file is the chain of authorisations: from the maker over distributors to the supplier, link by link."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, kw_only=True)
class Link:
    """One authorisation: who lets whom sell whose goods. No maker is everybody's, no products are all."""

    giver_id: int
    grantee_id: int
    maker_id: int | None
    product_ids: frozenset[int]
    valid_from_on: date
    valid_to_on: date | None

    def holds_on(self, day: date) -> bool:
        """Whether it holds on a day."""
        return self.valid_from_on <= day and (self.valid_to_on is None or day <= self.valid_to_on)

    def is_of(self, product_id: int, maker_id: int | None) -> bool:
        """Whether it lets this product of this maker be sold."""
        return self.maker_id in (None, maker_id) and (not self.product_ids or product_id in self.product_ids)


def leads_back(links: Sequence[Link], supplier_id: int, maker_id: int | None) -> bool:
    """Whether the links lead from the supplier back to the maker; any link will do where the maker is not known."""
    givers: dict[int, set[int]] = {}
    for link in links:
        givers.setdefault(link.grantee_id, set()).add(link.giver_id)
    if maker_id is None:
        return supplier_id in givers
    reached, waiting = {supplier_id}, [supplier_id]
    while waiting:
        for giver in givers.get(waiting.pop(), ()):
            if giver not in reached:
                reached.add(giver)
                waiting.append(giver)
    return maker_id in reached


def names_it(link: Link, supplier_id: int, product_id: int, maker_id: int | None) -> bool:
    """Whether a link to the supplier speaks of this very product or maker."""
    mine = link.grantee_id == supplier_id
    return mine and (
        product_id in link.product_ids or (maker_id is not None and maker_id in (link.maker_id, link.giver_id))
    )
