"""Every list of the supply side filters, sorts, pages and goes out as a spreadsheet that says what the page says."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from html import unescape
from types import SimpleNamespace

import openpyxl
import pytest

from tests.pages.visiting import Visitor

# list, and one who may open it
LISTS = """
/receiving/aside storekeeper
/receiving/held storekeeper
/orders buyer
/orders/proposals buyer
/orders/notes buyer
/supplier/orders supplier
/supplier/notes supplier
/supplier/stock supplier
/supplier/uses supplier
/supplier/owed supplier
/supplier/owed?month=2026-03 supplier
/supplier/statements supplier
/products buyer
/suppliers buyer
/suppliers?tab=makers buyer
/agreements buyer
/prices buyer
/admissions buyer
/commitments buyer
/imports buyer
/licences buyer
/licences/missing buyer
/licences/overrides buyer
/packing storekeeper
/packing/labels storekeeper
/kits storekeeper
/kits?tab=made storekeeper
/print-jobs storekeeper
/fixed storekeeper
/fixed/proposals storekeeper
/fixed/pending storekeeper
/refill storekeeper
/refill/waves storekeeper
/refill/waves/{wave} storekeeper
/refill/totes storekeeper
/refill/shortages storekeeper
/refill/trouble storekeeper
/refill/exchange storekeeper
/stock storekeeper
/stock?by=place_lot storekeeper
/stock?by=item storekeeper
/stock/as-of storekeeper
/stock/expiry storekeeper
/stock/slow storekeeper
/stock/search?words=gauze storekeeper
/stock/search?words=L1 storekeeper
/stock/search?words={packs[1]} storekeeper
/stock/holders?product=GAUZE storekeeper
/stock/held storekeeper
/stock/write-offs storekeeper
/stock/returns storekeeper
/recalls quality
/recalls?tab=drills quality
/recalls/patients quality
/count storekeeper
/count?tab=due storekeeper
/count/{counts[approved]}/sheet storekeeper
/devices system_admin
/devices/people system_admin
/loose head_nurse
/loose/variance head_nurse
/loose/modes head_nurse
/trace-codes?tab=answered storekeeper
/trace-codes storekeeper
/donations buyer
/theatre storekeeper
"""
ENTRIES = [tuple(line.split()) for line in LISTS.split("\n") if line]


def heads(page: str) -> list[str]:
    """The words of the columns that sort."""
    found = re.findall(r'<th[^>]*><a class="sort" href="[^"]*">([^<]*)', page)
    return [unescape(one).strip() for one in found]


@pytest.mark.parametrize("role", sorted({role for _path, role in ENTRIES}))
def test_every_list_filters_sorts_and_is_a_spreadsheet(
    role: str, enter: Callable[..., Visitor], there: SimpleNamespace
) -> None:
    who = enter(role)
    wrong = []
    for path in [path.format(**vars(there)) for path, mine in ENTRIES if mine == role]:
        page = who.look(path).text
        if '<form class="filters' not in page or not re.search(
            r'name="(q|year|product|words|location|standing)"', page
        ):
            wrong.append(f"{path} has no filters")
        counted = re.search(r'<nav class="pager"[^>]*>\s*<span>(\d+) rows?', page)
        if counted is None:
            wrong.append(f"{path} has no pages")
        elif int(counted[1]) and not heads(page):
            wrong.append(f"{path} does not sort")
        sheet = openpyxl.load_workbook(io.BytesIO(who.look(f"{path}{'&' if '?' in path else '?'}as=xlsx").data))
        titles = [str(cell.value) for cell in sheet.worksheets[0][1]]
        if not set(heads(page)) <= set(titles):
            wrong.append(f"{path} says {set(heads(page)) - set(titles)} and its file does not")
    assert wrong == []
