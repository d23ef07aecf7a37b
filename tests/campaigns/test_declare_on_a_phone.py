"""The declaration in a planner's hand: what scripts add, and that nothing is in the way."""

from decimal import Decimal

import pytest
from axe_playwright_python.sync_playwright import Axe

from forms.fields import read_figure
from workflows.campaigns.declaration import BudgetLine
from workflows.campaigns.models import Campaign, State
from workflows.organisation.figures import money

pytestmark = [pytest.mark.once, pytest.mark.journey, pytest.mark.django_db(transaction=True)]


def faults(page):
    """What axe finds in the sheet, as rule: places."""
    found = Axe().run(page, context="main").response["violations"]
    return {rule["id"]: [node["target"] for node in rule["nodes"]] for rule in found}


def test_sums_follow_the_typing_and_are_the_servers(chain, campaign, open_page):
    page = open_page(chain.planner, phone=True)
    page.goto(f"/m/{campaign.reference}/declaration/")
    page.click("#part-budget summary")

    page.click("[data-add=budget]")
    page.fill("[name=budget-2-item]", "气球拱门")
    page.fill("[name=budget-2-unit_price]", "１.２万")
    page.fill("[name=budget-2-quantity]", "0.5")
    page.keyboard.press("Tab")

    assert page.input_value("[name=budget-2-unit_price]") == "12,000"
    assert page.inner_text("#line-budget-2 [data-amount]") == "¥6,000"
    assert page.inner_text(".sums [data-sum=total]") == "¥88,000"
    page.click("[data-take-sum]")
    assert page.input_value("[name=budget_total]") == "88,000"
    page.click("#line-budget-1 [data-remove]")
    live = [page.inner_text(f".sums [data-sum={name}]") for name in ("lines", "percent", "total")]

    with page.expect_navigation():  # to the address it is at
        page.click(".sheet-bar [value=save]")
    page.evaluate("document.querySelectorAll('details').forEach(part => { part.open = true })")
    assert [page.inner_text(f".sums [data-sum={name}]") for name in ("lines", "percent", "total")] == live
    assert Campaign.objects.get().declared.total == Decimal(live[2][1:].replace(",", ""))


AWKWARD = [
    # price, quantity, amount: exact halves of a cent, most of which binary fractions lose
    ("12.45", "0.5", "¥6.23"),
    ("1.01", "0.5", "¥0.51"),
    ("8.165", "1", "¥8.17"),
    ("1.005", "1", "¥1.01"),
    ("33.33", "0.5", "¥16.67"),
    ("0.35", "0.3", "¥0.11"),
    ("1.15", "0.1", "¥0.12"),
    ("10.01", "0.05", "¥0.50"),
    ("999,999,999.99", "0.5", "¥500,000,000"),
    ("999,999,999.99", "999,999.99", "¥999,999,989,990,000"),
    ("１.２万", "0.01", "¥120"),
]


def test_page_and_server_round_alike(chain, campaign, open_page):
    page = open_page(chain.planner)
    page.goto(f"/m/{campaign.reference}/declaration/")

    for price, quantity, amount in AWKWARD:
        page.fill("[name=budget-0-unit_price]", price)
        page.fill("[name=budget-0-quantity]", quantity)
        assert page.inner_text("#line-budget-0 [data-amount]") == amount, (price, quantity)
        assert money(BudgetLine(unit_price=read_figure(price), quantity=read_figure(quantity)).amount) == amount
    page.fill("[name=budget-0-quantity]", "0.125")
    page.keyboard.press("Tab")
    assert page.input_value("[name=budget-0-quantity]") == "0.125"  # a decimal too many is refused, not rounded away


@pytest.mark.parametrize("dark", [False, True])
def test_a_refused_declaration_leads_to_what_is_missing(dark, chain, open_campaign, open_page):
    campaign = open_campaign(venue="", attendance=1_500)
    page = open_page(chain.planner, phone=True, dark=dark)
    page.goto(f"/m/{campaign.reference}/declaration/")
    page.click(".sheet-bar [value=submit]")

    page.wait_for_selector("#faults")
    assert page.evaluate("document.activeElement.id") == "faults"
    page.click("#faults a")
    assert page.evaluate("document.activeElement.name") == "venue"
    page.evaluate("document.querySelectorAll('details').forEach(part => { part.open = true })")
    assert faults(page) == {}
    assert page.evaluate("document.documentElement.scrollWidth") == 390

    page.fill("[name=venue]", "一层中庭")
    page.click(".sheet-bar [value=submit]")
    page.wait_for_url(f"**/m/{campaign.reference}/")
    assert Campaign.objects.get().state == State.STORE_REVIEW


def test_the_bar_covers_nothing_one_tabs_to(chain, campaign, open_page):
    page = open_page(chain.planner, phone=True)
    page.goto(f"/m/{campaign.reference}/declaration/")
    page.evaluate("document.querySelectorAll('details').forEach(part => { part.open = true })")
    page.focus("[name=title]")
    covered, seen = [], 0
    while page.evaluate("!document.activeElement.closest('.sheet-bar')"):
        name, top, bar = page.evaluate(
            """() => [document.activeElement.name, document.activeElement.getBoundingClientRect().top,
                      document.querySelector('.sheet-bar').getBoundingClientRect().top]"""
        )
        seen += 1
        covered += [name] if top > bar else []
        page.keyboard.press("Tab")

    assert seen > 40
    assert covered == []
