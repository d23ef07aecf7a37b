"""Whatever is typed and cannot be sent is kept, comes back to the same person, and says so; to nobody else."""

from __future__ import annotations

import pytest

from workflows.campaigns.models import Campaign, State
from workflows.matters.models import Comment
from workflows.matters.perform import perform
from workflows.organisation.models import Person

pytestmark = [pytest.mark.once, pytest.mark.journey, pytest.mark.django_db(transaction=True)]

PASSWORD = "湖边的三只白鹭 2031"


@pytest.fixture
def with_password(chain):
    """Whoever enters by the door in these stories has a password."""

    def given(person):
        person = Person.objects.get(pk=person.pk)
        person.set_password(PASSWORD)
        person.save()
        return person

    return given


def leave_silently(page):
    """The session is over, and the page does not know."""
    page.context.clear_cookies(name="sessionid")


def enter_in_place(page):
    page.wait_for_selector("dialog#again[open]")
    page.fill("#again-password", "falsch geraten 99")
    page.click("#again .primary")
    page.wait_for_selector("#again [data-fault]:not([hidden])")
    assert "不匹配" in page.inner_text("#again") or "不正确" in page.inner_text("#again")
    page.fill("#again-password", PASSWORD)
    page.click("#again .primary")


def kept(page):
    page.wait_for_selector(".kept-kept")
    return page.inner_text(".kept-kept")


def test_a_declaration_outlives_its_session_and_is_nobody_elses(chain, open_page, enter_as, with_password):
    planner = with_password(chain.planner)
    page = open_page(planner)
    page.goto("/new/campaign/")
    page.evaluate("document.querySelectorAll('details').forEach(part => { part.open = true })")
    page.fill("[name=title]", "城西店数码生活节")
    page.click("[data-add=budget]")
    page.fill("[name=budget-1-item]", "舞台与灯光")
    assert "存在本机" in kept(page)

    # somebody else enters on the same machine: neither sent in their name, nor shown to them, nor readable
    enter_as(page, chain.neighbour_planner)
    page.click(".sheet-bar [value=save]")
    page.wait_for_selector(".kept-unsent")
    assert "钱多米 已经登录" in page.inner_text(".kept-unsent")
    page.on("dialog", lambda dialog: dialog.accept())
    page.goto("/new/campaign/")
    assert (page.input_value("[name=title]"), page.query_selector(".kept-back")) == ("", None)
    lying = page.evaluate("JSON.stringify(Object.entries(localStorage))")
    assert "kept:" in lying
    assert "数码" not in lying
    assert "campaign" not in lying

    # left on purpose: the cache is cleared, what is sealed stays
    page.click(".rail form[action='/leave/'] button")
    page.wait_for_url("**/enter/")

    # the same person again: as it was, with its second line; the session ends once more, and one enters in place
    enter_as(page, planner)
    page.goto("/new/campaign/")
    page.wait_for_selector(".kept-back")
    assert page.input_value("[name=title]") == "城西店数码生活节"
    assert page.input_value("[name=budget-1-item]") == "舞台与灯光"
    leave_silently(page)
    page.click(".sheet-bar [value=save]")
    enter_in_place(page)
    page.wait_for_url("**/declaration/")
    campaign = Campaign.objects.get()
    assert (campaign.title, [line.item for line in campaign.declared.budget]) == ("城西店数码生活节", ["舞台与灯光"])
    assert page.query_selector(".kept-back") is None
    page.goto("/new/campaign/")
    page.wait_for_load_state("networkidle")
    assert (page.input_value("[name=title]"), page.query_selector(".kept-back")) == ("", None)

    # entered anew in another tab: the token on the page is another session's, and the save goes through all the same
    page.goto(f"/m/{campaign.reference}/declaration/")
    page.fill("main [name=theme]", "把新机带回家")
    enter_as(page, planner)
    with page.expect_navigation():
        page.click(".sheet-bar [value=save]")
    assert Campaign.objects.get().declared.theme == "把新机带回家"


def test_an_opinion_outlives_session_line_and_house(chain, open_campaign, walk, open_page, with_password, complaints):
    campaign = walk(open_campaign(82_000), to=State.REGION_REVIEW)
    page = open_page(with_password(chain.region_manager), phone=True)
    page.goto(f"/m/{campaign.reference}/?tab=discussion")
    page.fill("form.decide [name=note]", "同意，控制预算。")
    assert "存在本机" in kept(page)

    page.context.set_offline(True)  # the phone has no net
    page.click("form.decide [data-key=a]")
    page.wait_for_selector(".kept-unsent")
    assert "连接不上系统" in page.inner_text(".kept-unsent")
    page.context.set_offline(False)

    page.fill("#id_text", "灯箱单价比上季高。")  # of two forms on one page each has its own
    page.wait_for_timeout(600)
    page.route("**/comment/", lambda route: route.fulfill(status=502, body="Bad Gateway"))  # the house is down
    page.click("form[action$='/comment/'] p > .button:not([type])")
    page.wait_for_selector("form[action$='/comment/'] .kept-unsent")
    page.unroute("**/comment/")
    page.reload()
    page.wait_for_selector("form[action$='/comment/'] .kept-back")
    assert page.input_value("#id_text") == "灯箱单价比上季高。"
    assert "没有送达" in page.inner_text("form[action$='/comment/'] .kept-back")
    assert page.input_value("form.decide [name=note]") == "同意，控制预算。"
    page.click("form[action$='/comment/'] p > .button:not([type])")
    page.wait_for_selector(".comments .words")

    leave_silently(page)
    page.click("form.decide [data-key=a]")
    enter_in_place(page)
    page.wait_for_selector(".matter-done")
    decided = Campaign.objects.get()
    assert (decided.state, decided.opinions.last().text) == (State.GROUP_REVIEW, "同意，控制预算。")
    assert [said.text for said in Comment.objects.all()] == ["灯箱单价比上季高。"]
    page.reload()
    page.wait_for_load_state("networkidle")
    assert page.query_selector(".kept-back") is None
    expected = ("ERR_INTERNET_DISCONNECTED", "status of 502", "Status Error Code 502", "htmx:sendError")
    complaints[:] = [said for said in complaints if not any(part in said for part in expected)]


def test_two_planners_and_what_is_to_stand(chain, open_campaign, open_page):
    campaign = open_campaign(82_000)
    colleague = chain.appoint("planner", chain.store, "许愿")
    page = open_page(colleague)
    page.goto(f"/m/{campaign.reference}/declaration/")
    page.evaluate("document.querySelectorAll('details').forEach(part => { part.open = true })")
    page.fill("[name=venue]", "三层")
    perform(
        campaign.save_draft,
        by=chain.planner,
        declaration=campaign.declared.with_(venue="二层", memorable="买旧换新", schedule=()),
    )

    page.click(".sheet-bar [value=save]")
    page.wait_for_selector("#clashes")
    shown = page.inner_text("#clashes")
    assert [part in shown for part in ("一层中庭", "二层", "三层", "买旧换新", "双方都改过")] == [True] * 5
    page.click(".sheet-bar [value=save]")
    page.wait_for_selector("#clashes .error")  # of what both have written nobody but she can say
    page.check("[name=choice-venue][value=mine]")
    page.click(".sheet-bar [value=save]")
    page.wait_for_selector(".messages .ok")

    now = Campaign.objects.get().declared
    assert (now.venue, now.memorable, now.schedule) == ("三层", "买旧换新", ())

    tabs = [page.context.new_page() for _two in range(2)]  # of two tabs each has its own text
    for tab, words in zip(tabs, ("第一句", "第二句"), strict=True):
        tab.goto(f"/m/{campaign.reference}/?tab=discussion")
        tab.fill("#id_text", words)
        tab.wait_for_selector(".kept-kept")
    for tab in tabs:
        tab.reload()
        tab.wait_for_selector(".kept-back")
    assert [tab.input_value("#id_text") for tab in tabs] == ["第一句", "第二句"]
