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


def left_for_the_lists(page, act):
    """What the browser asks when the clerk ticks something and goes on to the lists; they stay."""
    asked = []
    page.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.dismiss()))
    act()
    page.get_by_role("navigation", name="文书").get_by_role("link", name="分发名单").click()
    page.wait_for_timeout(300)
    return asked


@pytest.mark.parametrize("by", ["one box", "a whole region"])
def test_ticks_are_not_lost_without_a_question(by, chain, open_page):
    page = open_page(chain.clerk)
    page.goto("/papers/lists/new/")
    region = page.get_by_role("button", name="下属全选 华东大区")
    act = region.click if by == "a whole region" else page.locator("[name=units]").first.check

    asked = left_for_the_lists(page, act)

    assert (asked, page.url.endswith("/papers/lists/new/"), ticked(page) != []) == (["beforeunload"], True, True)


def test_nor_are_those_of_a_sending_when_a_unit_above_is_urged(chain, open_campaign, walk, open_page):
    walk(open_campaign(), to="approved")
    paper = IssuedDocument.objects.get(kind="campaign.circular")
    asked, page = [], open_page(chain.clerk)
    page.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.dismiss()))
    page.goto(f"/papers/distribution/{paper.pk}/")

    page.check(f".units [value='{chain.other_store.pk}']")
    page.get_by_role("button", name="催办 杭州城西店").click()
    page.wait_for_timeout(300)

    assert (asked, ticked(page)[-1], paper.receipts.filter(urged=0).count()) == (["beforeunload"], "深圳湾店", 4)


def test_what_is_ticked_is_still_asked_about_when_other_documents_were_looked_for(
    chain, open_campaign, walk, open_page
):
    walk(open_campaign(), to="approved")
    page = open_page(chain.clerk)
    page.goto("/papers/batches/new/")
    page.locator("[name=paper]").first.check()
    page.locator(".batch-filter summary").click()
    page.get_by_role("button", name="查看", exact=True).click()
    page.wait_for_load_state()

    assert left_for_the_lists(page, lambda: page.mouse.click(5, 5)) == ["beforeunload"]


def test_what_is_sent_is_sent_without_a_question(chain, open_campaign, walk, open_page):
    walk(open_campaign(), to="approved")
    asked, page = [], open_page(chain.clerk)
    page.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.accept()))
    page.goto("/papers/lists/new/")

    page.fill("[name=name]", "华东各店")
    page.get_by_role("button", name="下属全选 华东大区").click()
    page.get_by_role("button", name="保存名单").click()
    page.wait_for_url("**/papers/lists/")

    assert asked == []


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
