"""Suppliers and manufacturers on pages: added, renamed, retired, with what was changed below."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace

from tests.pages.visiting import Visitor

Enter = Callable[..., Visitor]


def test_a_supplier_is_added_renamed_and_retired(enter: Enter, there: SimpleNamespace) -> None:
    who = enter("buyer")
    who.look("/suppliers/new?kind=supplier")
    added = who.fill(code="SUP-NEW", name="新供应商", name_en="New Ltd").text
    assert "New Ltd" in added
    changed = who.fill("/suppliers/SUP-NEW", name="新供应商", name_en="Newer Ltd", retired="1").text
    assert "nothing new is bought of it" in changed
    assert "New Ltd" in changed  # what it was, in the list of what was changed
    listed = who.look("/suppliers?q=newer&state=retired").text
    assert "SUP-NEW" in listed
    assert "SUP-NEW" not in who.look("/suppliers?q=newer&state=in_use").text
    again = who.look("/suppliers/new")
    assert again.status_code == 200
    refused = who.fill(code="SUP-NEW", name="另一家").text
    assert "SUP-NEW is somebody already" in refused
    assert 'value="另一家"' in refused


def test_a_manufacturer_shows_its_products_and_who_may_not_change_it_sees_no_form(
    enter: Enter, there: SimpleNamespace
) -> None:
    buyer = enter("buyer")
    buyer.look("/suppliers/new?kind=manufacturer")
    buyer.fill(code="MAKER-1", kind="manufacturer", name="某厂")
    buyer.look("/products/GAUZE/change")
    buyer.fill(manufacturer="MAKER-1")
    assert "MAKER-1" in buyer.look("/suppliers?tab=makers&q=MAKER").text
    page = enter("storekeeper").look("/suppliers/MAKER-1").text
    assert "某厂" in page
    assert 'name="name_en"' not in page


def test_a_kit_recipe_is_ended_and_begun_again(enter: Enter, there: SimpleNamespace) -> None:
    who = enter("storekeeper")
    who.look("/kits")
    assert "换药包" in who.fill("/kits", name="换药包", lines="GAUZE 2").text
    who.look("/kits")
    assert "换药包" not in who.fill("/kits", name="换药包", lines="0").text.partition("<tbody>")[2]
    who.look("/kits")
    again = who.fill("/kits", name="换药包", lines="GAUZE 2").text
    assert "换药包" in again.partition("<tbody>")[2]
