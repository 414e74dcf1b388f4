"""Pages from step-down to review: every sheet ties out, every figure leads to itself, forms do what they say."""

from __future__ import annotations

import io
import itertools
import re
from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal
from types import SimpleNamespace
from typing import Any
from urllib.parse import parse_qs

import openpyxl
import pytest
from sqlalchemy import update
from sqlalchemy.orm import Session

from spd.encounters import Encounter
from tests import build
from tests.costing.given import told
from tests.pages.visiting import Visitor

Enter, Act = Callable[..., Visitor], Callable[..., Any]
MONTH = "month=2026-03"


def tabs_of(page: str) -> set[str]:
    """The addresses of the tabs above a page."""
    return set(re.findall(r'href="([^"]+)"', "".join(re.findall(r'<nav class="tabs.*?</nav>', page, re.DOTALL))))


def test_the_sheet_ties_out_and_every_cent_opens(enter: Enter, there: SimpleNamespace) -> None:
    finance = enter("finance")
    for item in ("", "&item=staff", "&item=materials"):
        page = finance.look(f"/finance/step-down?{MONTH}{item}").text
        assert "Ties out" in page
        assert "Does not tie out" not in page
        cells = re.findall(r'<td class="num(?: negative)?"[^>]*><a href="([^"]+)">-?([^<]+)</a>', page)
        assert cells
        for href, amount in cells:
            below = finance.look(href.replace("&amp;", "&")).text
            assert ("Ties out" in below, "Does not tie out" in below) == (True, False), href
            assert re.search(rf"<tfoot>.*{re.escape(amount)}", below, re.DOTALL), (href, amount)


@pytest.mark.parametrize(
    "path",
    ["step-down/flows?level=passed&", "step-down?", "groups?", "groups/cases?code=FM19&", "drgs/cases?code=FM19&"],
)
def test_the_file_of_a_list_says_what_ties_out(enter: Enter, there: SimpleNamespace, path: str) -> None:
    answer = enter("finance").look(f"/finance/{path}{MONTH}&as=xlsx")
    about = list(openpyxl.load_workbook(io.BytesIO(answer.data)).worksheets[-1].values)
    assert any("−" in str(name) and told == "0.00" for name, told, *_ in about), about


def test_what_a_step_down_stands_on_is_shown_and_opened_from_it(enter: Enter, there: SimpleNamespace) -> None:
    finance = enter("finance")
    page = finance.look(f"/finance/step-down/flows?{MONTH}&target=CARD").text
    told = re.findall(r'href="(/finance/inputs\?[^"]*what=[^"]+)">([^<]+)</a>', page)
    assert {"costs", "drivers", "revenue"} == {re.search(r"what=(\w+)", href)[1] for href, _ in told}  # type: ignore[index]
    for href, amount in told:
        below = finance.look(href.replace("&amp;", "&")).text
        if "what=revenue" not in href:  # what a department ordered of it is one line of several
            assert re.search(rf">\s*{re.escape(amount)}\s*<", below), (href, amount)


def test_what_was_told_is_shown_as_of_an_instant(
    enter: Enter, there: SimpleNamespace, act: Act, monkeypatch: pytest.MonkeyPatch
) -> None:
    finance = enter("finance")
    page = finance.look(f"/finance/step-down/flows?{MONTH}&target=CARD&level=0").text
    opened = re.search(r'href="(/finance/inputs\?[^"]*what=costs[^"]+)">([^<]+)</a>', page)
    assert opened is not None
    href, amount = opened[1].replace("&amp;", "&"), opened[2]
    item = parse_qs(href.partition("?")[2])["item"][0]
    text = f"period,department,cost_item,amount\n2026-03,CARD,{item},77.07\n2026-03,CARD,risk_fund,55.05\n"
    act(lambda session: told(session, there.h, "department-costs", text, at=build.NOW + timedelta(hours=1)))
    monkeypatch.setattr("spd.core.clock.now", lambda: build.NOW + timedelta(hours=2))
    now, run = finance.look(f"/finance/inputs?{MONTH}&what=costs").text, finance.look(href).text
    then = finance.look(f"/finance/inputs?{MONTH}&what=costs&as_of={build.NOW:%Y-%m-%dT%H:%M}%2B00:00").text
    assert ("77.07" in now, "55.05" in now) == (True, True)
    for before in (run, then):
        assert (amount in before, "77.07" in before, "55.05" in before) == (True, False, False)


def test_tables_of_cost_are_listed_by_version_with_their_rows(enter: Enter, there: SimpleNamespace) -> None:
    finance = enter("finance")
    page = finance.look("/finance/tables?kind=groups").text
    href = re.search(r'href="(/finance/tables/\d+)"', page)
    assert href is not None
    rows = finance.look(href[1]).text
    assert "FM19" in rows
    assert "2.35" in rows
    assert href[1] in finance.look(f"/finance/groups?{MONTH}").text
    for kind, words in (("terms", "11,800.00"), ("outliers", "0.4"), ("standards", "8,000.00")):
        one = re.search(r'href="(/finance/tables/\d+)"', finance.look(f"/finance/tables?kind={kind}").text)
        assert one is not None
        assert words in finance.look(one[1]).text
    assert finance.look("/finance/tables/999").status_code == 404


def test_another_month_is_not_asked_for_the_version_of_this_one(enter: Enter, there: SimpleNamespace) -> None:
    page = enter("finance").look(f"/finance/step-down?{MONTH}&version=1&item=staff").text
    others = re.findall(r'href="(/finance/step-down\?[^"]*month=2026-02[^"]*)"', page)
    assert others
    assert all("version" not in href and "item=staff" in href for href in others)


@pytest.mark.parametrize("name", ["step-down", "case-costs", "groups"])
def test_an_open_month_says_on_paper_that_it_is_not_closed(enter: Enter, there: SimpleNamespace, name: str) -> None:
    assert "not closed" in enter("finance").look(f"/finance/{name}?{MONTH}").text


def test_stepping_down_again_without_a_change_is_the_same_version(enter: Enter, there: SimpleNamespace) -> None:
    finance = enter("finance")
    finance.look(f"/finance/step-down?{MONTH}")
    first = re.search(r"version \d+", finance.fill("/finance/step-down", month="2026-03").text)
    assert first is not None
    assert first[0] in finance.fill("/finance/step-down", month="2026-03").text
    finance.look("/finance/step-down?month=1999-01")
    assert "No department has any cost in 1999-01" in finance.fill("/finance/step-down", month="1999-01").text


def test_every_version_of_a_step_down_is_opened_from_its_sheet(enter: Enter, there: SimpleNamespace, act: Act) -> None:
    text = "period,department,cost_item,amount\n2026-03,CARD,staff,6000\n"
    act(lambda session: told(session, there.h, "department-costs", text))
    finance = enter("finance")
    finance.look(f"/finance/step-down?{MONTH}")
    page = finance.fill("/finance/step-down", month="2026-03").text
    opened = dict(
        re.findall(rf'href="(/finance/step-down\?{MONTH}&amp;version=\d+)"[^>]*>\d+ · [^·]+ · ([^<]+)<', page)
    )
    assert len(opened) >= 2
    for href, total in opened.items():
        sheet = finance.look(href.replace("&amp;", "&")).text
        assert f"Own cost of all departments <b>{total}</b>" in sheet
        flows = re.search(r'href="(/finance/step-down/flows\?[^"]+)"', sheet)
        assert flows is not None
        assert f'href="{href}"' in finance.look(flows[1].replace("&amp;", "&")).text  # the way back is to the same


def test_case_costs_tie_out_and_the_file_has_the_control_total(enter: Enter, there: SimpleNamespace) -> None:
    finance = enter("finance")
    finance.look(f"/finance/case-costs?{MONTH}")
    page = finance.fill("/finance/case-costs", method="top_down", driver="cases").text
    assert "Costed: version 2." in page
    assert page.count("Ties out") == 2
    assigned = re.findall(r"on cases <b>([^<]+)</b>", page)[-1]
    answer = finance.look("/finance/case-costs/2026-03/top_down?as=xlsx")
    book = openpyxl.load_workbook(io.BytesIO(answer.data))
    head, *lines, total = list(book.worksheets[0].values)
    amount = head.index("Amount")
    assert sum(Decimal(str(line[amount])) for line in lines) == Decimal(str(total[amount]))
    assert Decimal(str(total[amount])) == Decimal(assigned.replace("¥", "").replace(",", ""))
    assert {type(line[0]) for line in lines} == {str}
    facts = {name: says for name, says, *_ in book.worksheets[-1].values}
    by_item = re.findall(r'href="(/finance/case-costs/2026-03/top_down\?[^"]*item=[^"]+)">(¥[^<]+)</a>', page)
    assert by_item
    for href, sum_ in by_item:  # control totals by item, each its lines, and in the file
        assert re.search(rf"<tfoot>.*{re.escape(sum_)}", finance.look(href.replace("&amp;", "&")).text, re.DOTALL), href
    assert Decimal(str(facts["Drugs"])) == 210
    cells = re.findall(
        r'href="(/finance\?[^"]*encounter=[^"]+)">([^<]+)</a>',
        finance.look("/finance/case-costs/2026-03/materials").text,
    )
    for href, cost in cells:  # consumables open to their movements
        assert f'class="num">{cost}</td>' in finance.look(href.replace("&amp;", "&")).text, href
    assert cells
    stay = finance.look("/finance/encounters/E-OUT").text  # its full cost, which opens to its lines
    lines_of = re.search(r'href="(/finance/case-costs/2026-03/top_down[^"]+q=E-OUT[^"]*)">([^<]+)</a>', stay)
    assert lines_of is not None
    assert lines_of[2] in finance.look(lines_of[1].replace("&amp;", "&")).text


def test_a_figure_of_a_run_opens_to_what_it_was_made_of_whatever_came_later(
    enter: Enter, there: SimpleNamespace, act: Act, monkeypatch: pytest.MonkeyPatch
) -> None:
    hours = itertools.count()

    def use() -> None:
        at = build.NOW + next(hours) * timedelta(hours=1)
        monkeypatch.setattr("spd.core.clock.now", lambda: at + timedelta(minutes=30))

        def do(session: Session) -> None:
            (pack,) = build.move_to(session, there.h, build.packs(session, there.h, 1, 10), there.h.theatre)
            build.use(session, there.h, pack, encounter=None, occasion=build.occasion(there.h.nurse, at=at))

        act(do)

    use()
    finance = enter("finance")
    for path, said in (
        (f"/finance/case-costs?{MONTH}", {"method": "materials", "driver": "bed_days"}),
        (f"/finance/step-down?{MONTH}", {}),
    ):
        finance.look(path)
        finance.fill(path.partition("?")[0], **said)
    version = re.findall(r"step-down/flows[^\"]+version=(\d+)", finance.look(f"/finance/case-costs?{MONTH}").text)
    assert version == ["1"]
    use()
    pages = (f"/finance/case-costs?{MONTH}", f"/finance/step-down/flows?{MONTH}&item=materials&level=0&target=SURG")
    for path in pages:
        cells = re.findall(r'href="([^"]+department=SURG[^"]*)">(¥?[0-9.,]+)</a>', finance.look(path).text)
        assert cells, path
        for href, amount in cells:
            assert re.search(rf"¥?{re.escape(amount.strip('¥'))}<", finance.look(href.replace("&amp;", "&")).text), href


def test_groups_tie_out_and_a_case_opens_down_to_its_uses(enter: Enter, there: SimpleNamespace) -> None:
    finance = enter("finance")
    page = finance.look(f"/finance/groups?{MONTH}").text
    assert "Ties out" in page
    assert "2.3500" in page  # CMI of the one case
    cases = finance.look(f"/finance/groups/cases?{MONTH}&code=FM19").text
    assert "low outlier" in cases
    costs: set[str] = set()
    for span in ("month", "quarter"):  # the method that is named is the one that is shown, over any months
        page = finance.look(f"/finance/groups?{MONTH}&span={span}&cost=top_down").text
        assert '<option value="top_down" selected' in page
        costs |= set(re.findall(r"Cost of all cases <b>([^<]+)</b>", page))
    assert len(costs) == 1
    assert costs != {"¥0.00"}
    assert 'href="/finance/encounters/E-OUT' in cases


def test_this_year_so_far_is_all_of_its_months(enter: Enter, there: SimpleNamespace) -> None:
    """As saved reports ask for it: from a month to a month."""
    finance, span = enter("finance"), "from=2026-01&month=2026-04"
    page = finance.look(f"/finance/groups?{span}").text
    assert "FM19" in page
    assert "2026-01 – 2026-04</option>" in page
    assert "FM19" not in finance.look("/finance/groups?month=2026-04").text
    (opened,) = set(re.findall(r'href="(/finance/groups/cases\?[^"]*code=FM19[^"]*)">FM19', page))
    assert "E-OUT" in finance.look(opened.replace("&amp;", "&")).text
    page = finance.look(f"/finance/indicators?{span}").text
    assert "2026-01 – 2026-04" in page
    assert "from=2026-01" in page
    one = re.search(r'href="(/finance/indicators/drug_share\?[^"]+)"', page)
    assert one is not None
    assert "2026-01 – 2026-04" in finance.look(one[1].replace("&amp;", "&")).text


def test_cases_of_no_group_have_a_name_and_say_whether_they_lay_in(
    enter: Enter, there: SimpleNamespace, act: Act
) -> None:
    act(lambda session: session.execute(update(Encounter).where(Encounter.code == "E-OUT").values(drg_code="*QY")))
    finance = enter("finance")
    assert ">ungrouped</a>" in finance.look(f"/finance/groups?{MONTH}").text
    cases = finance.look(f"/finance/groups/cases?{MONTH}&code=").text
    assert "*QY" in cases
    assert "inpatient" in cases
    assert "E-OUT" not in finance.look(f"/finance/groups/cases?{MONTH}&code=&patients=outpatient").text


def test_a_drg_opens_to_its_cases(enter: Enter, there: SimpleNamespace) -> None:
    finance = enter("finance")
    page = finance.look(f"/finance/drgs?{MONTH}").text
    assert re.search(r"Weights and rate of [^,<]+, 2026|No weights of 2026", page)
    href = re.search(r'<a class="code" href="([^"]+)">FM19', page)
    assert href is not None
    cases = finance.look(href[1].replace("&amp;", "&")).text
    assert "Ties out" in cases
    page = finance.look("/finance/drgs?from=2026-01&month=2026-04").text  # the month it was in is one of several
    assert "2026-01 – 2026-04" in page
    assert "This year" in page
    of_span = re.search(r'<a class="code" href="([^"]+from=2026-01[^"]*)">FM19', page)
    assert of_span is not None
    assert "E-OUT" in finance.look(of_span[1].replace("&amp;", "&")).text
    assert "FM19" in finance.look("/finance/export/drgs.csv?from=2026-01&month=2026-04").text
    assert "FM19" not in finance.look("/finance/drgs?month=2026-04").text
    assert f'href="/finance/encounters/E-OUT?{MONTH}"' in cases


def test_a_special_case_is_put_to_the_payer_with_its_why(enter: Enter, there: SimpleNamespace, act: Act) -> None:
    quality = enter("quality")
    assert "/finance/reviews" in quality.look("/").text
    quality.look(f"/finance/reviews/{there.stands_out}")
    assert "Say why" in quality.fill(f"/finance/reviews/{there.stands_out}", verdict="submitted").text
    page = quality.fill(f"/finance/reviews/{there.stands_out}", verdict="submitted", note="long stay").text
    assert "s mean of the group" in page
    assert "¥9,510.00" in page  # what was billed, beside that mean
    finance = enter("finance").look(f"/finance/reviews/{there.stands_out}").text
    assert re.search(r'<td class="num"><a href="/finance/encounters/E-OUT[^"]*">¥?9,510.00', finance)
    assert "put to the payer" in page
    assert "long stay" in page
    assert enter("auditor").look(f"/finance/reviews/{there.stands_out}").text.count("<form") < page.count("<form")
    groupings = "encounter,region,year,method,drg_code,status\nE-OUT,示范,2026,drg,FM11,\n"
    act(lambda session: told(session, there.h, "groupings", groupings))
    assert "grouped otherwise since it was found: FM11" in quality.look(f"/finance/reviews/{there.stands_out}").text
    assert "示范 2026" in quality.look("/finance/reviews?state=all").text


def test_the_worklist_of_reviews_as_of_an_instant_has_the_verdicts_of_then(
    enter: Enter, there: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, quality = f"/finance/reviews/{there.stands_out}", enter("quality")
    monkeypatch.setattr("spd.core.clock.now", lambda: build.NOW + timedelta(hours=2))
    quality.look(one)
    quality.fill(one, verdict="submitted", note="long stay")
    then, state = f"as_of={(build.NOW + timedelta(hours=1)).isoformat().replace('+', '%2B')}", "state=open"
    assert f'href="{one}"' not in quality.look(f"/finance/reviews?{state}").text
    before = quality.look(f"/finance/reviews?{state}&{then}").text
    href = re.search(rf'href="({one}\?as_of=[^"]+)"', before)
    assert href is not None
    assert "Look at a month" not in before
    page = quality.look(href[1].replace("&amp;", "&")).text
    assert ("long stay" in page, 'name="verdict"' in page) == (False, False)
    assert "to judge" in page
    assert quality.look(f"{one}?as_of={build.NOW - timedelta(days=9):%Y-%m-%dT00:00%%2B00:00}").status_code == 404


def test_what_others_told_is_kept_and_shown_as_it_was(enter: Enter, there: SimpleNamespace) -> None:
    finance = enter("finance")
    for name in ("indicators", "groups"):
        finance.look(f"/finance/{name}?{MONTH}")
        page = finance.fill(f"/finance/{name}/keep").text
        assert "Kept: these figures can be asked for as of now." in page
        assert "kept, version 1" in page
        assert "As they are now" in page
        assert "Keep these figures" not in page  # what is kept is not kept again
        kept = finance.page.request.full_path  # type: ignore[union-attr]
        assert "as_of=" in kept
        opened = re.findall(r'href="(/finance/groups/cases\?[^"]+)"', page)
        assert all("as_of=" in href for href in opened)
        assert bool(opened) == (name == "groups")
        if name == "indicators":  # what is kept leads to what was kept, and to the ledger of then
            deeper = re.findall(r'href="(/finance/indicators/[^"]+|/finance(?:/stock)?\?month=2026-03[^"]*)"', page)
            deeper = [href for href in deeper if "keep" not in href and "as=" not in href]
            assert [href for href in deeper if href.startswith("/finance?")]
            assert all("as_of=" in href for href in deeper if href not in tabs_of(page)), deeper
            assert finance.look(deeper[0].replace("&amp;", "&")).status_code == 200
            assert finance.look(f"/finance/indicators/turns?{MONTH}").text.count("Import revenue, beds") == 0
        for href in opened[:2]:
            assert "Ties out" in finance.look(href.replace("&amp;", "&")).text
        # Indicators are of then only where they were kept; groups are reckoned from what was told by then.
        early = finance.look(f"/finance/{name}?{MONTH}&as_of=2020-01-01T00:00:00%2B00:00")
        assert early.status_code == (422 if name == "indicators" else 200)
        assert "Keep these figures" not in enter("auditor").look(f"/finance/{name}?{MONTH}").text
    book = openpyxl.load_workbook(io.BytesIO(finance.look(f"{kept}&as=xlsx").data))
    about = dict(row[:2] for row in book.worksheets[-1].iter_rows(values_only=True))
    asked = parse_qs(kept.partition("?")[2])["as_of"][0]
    assert datetime.fromisoformat(str(about["as of"])) == datetime.fromisoformat(asked)
