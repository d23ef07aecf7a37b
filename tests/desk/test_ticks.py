"""Ticking many at once, in a browser: what the script adds to pages that work without it."""

import pytest

from documents.models import IssuedDocument

pytestmark = [pytest.mark.once, pytest.mark.journey, pytest.mark.django_db(transaction=True)]


def ticked(page):
    return [label.inner_text() for label in page.locator(".units label:has(:checked)").all()]


@pytest.mark.parametrize("on_a_phone", [False, True])
def test_one_press_ticks_what_lies_below_a_unit_and_another_takes_it_back(on_a_phone, chain, open_page):
    page = open_page(chain.clerk, phone=on_a_phone)
    page.goto("/papers/lists/new/")
    page.check(f".units [value='{chain.neighbour_store.pk}']")
    below_the_region = page.get_by_role("button", name="下属全选 华东大区")

    below_the_region.click()
    all_of_them = ticked(page)
    below_the_region.click()

    assert (all_of_them, ticked(page)) == (["杭州城西店", "苏州湖东店"], [])
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


def test_the_bar_counts_the_ticks(chain, open_campaign, walk, open_page):
    walk(open_campaign(), to="approved")
    page, papers = open_page(chain.clerk, phone=True), IssuedDocument.objects.count()
    page.goto("/papers/batches/new/")
    count = page.locator("[data-count]")

    page.locator("[name=paper]").first.check()
    one = count.inner_text()
    page.click("[data-ticks]")
    everything = count.inner_text()
    page.click("[data-ticks]")

    assert (one, everything, count.inner_text()) == ("1", str(papers), "0")
    assert page.get_by_role("button", name="汇总所勾选的文件").is_visible()
