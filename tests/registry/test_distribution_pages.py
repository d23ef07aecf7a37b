"""Papers for us, what the clerk sees of them, and the lists: in a browser, with everybody who may and may not."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from documents.models import DistributionList, IssuedDocument, Receipt, Rendition, Voiding
from documents.registry import distribution, store
from documents.registry.voiding import void
from workflows.organisation import clock
from workflows.organisation.calendar import WorkingCalendar
from workflows.organisation.models import StandIn
from workflows.organisation.offices import Capacity
from workflows.organisation.roles import Role
from workflows.organisation.standing import Standing

pytestmark = pytest.mark.django_db
HTMX = {"hx-request": "true"}


@pytest.fixture
def circular(monday: datetime, open_campaign: Any, walk: Any) -> Any:
    """A circular signed and printed on a Monday, 2026-03-09: due on Thursday."""
    campaign = walk(open_campaign(), to="approved")
    paper = IssuedDocument.objects.get(matter=campaign.pk, kind="campaign.circular")
    Rendition.objects.filter(pk=paper.pk).update(status="rendered", digest=store.put(b"%PDF-1.7"), size=8, pages=4)
    return paper


@pytest.fixture
def browser() -> Any:
    """`browser(person)`: a client that has entered as them."""

    def opened(person: Any) -> Client:
        client = Client()
        client.force_login(person)
        return client

    return opened


def receipt_of(paper: Any, unit: Any) -> Any:
    return Receipt.objects.get(document=paper, unit=unit)


def further(paper: Any, chain: Any, *units: Any) -> None:
    distribution.send(paper, units, "copy", by=Capacity(chain.clerk, chain.clerk.posts.get()))


def said(answer: Any) -> list[str]:
    return [str(message) for message in answer.context["messages"]]


def statuses(chain: Any, browser: Any, ask: Any) -> dict[int, set[str]]:
    """Status → who got it, when everybody asks."""
    found: dict[int, set[str]] = {}
    for name, person in chain.people().items():
        found.setdefault(ask(browser(person)).status_code, set()).add(name)
    return found


# --- papers for us ---------------------------------------------------------------------------------------------


def test_everybody_sees_what_their_own_units_received(circular: Any, chain: Any, browser: Any) -> None:
    found = {
        name: [str(row.receipt.unit) for row in browser(person).get(reverse("registry:received")).context["rows"]]
        for name, person in chain.people().items()
    }

    assert {name: rows for name, rows in found.items() if rows} == {
        "planner": ["杭州城西店"],
        "store_manager": ["杭州城西店"],
        "region_manager": ["华东大区"],
        "planning_reviewer": ["企划部"],
        "resource_centre": ["企划部"],
        "finance": ["财务部"],
    }


def test_looking_at_the_list_changes_nothing(circular: Any, chain: Any, browser: Any) -> None:
    browser(chain.planner).get(reverse("registry:received"))

    assert receipt_of(circular, chain.store).received_at is None


def test_signed_for_opened_acknowledged(circular: Any, chain: Any, browser: Any) -> None:
    client, receipt = browser(chain.planner), receipt_of(circular, chain.store)

    answer = client.post(reverse("registry:receive", args=[receipt.pk]), follow=True)
    assert (answer.redirect_chain, said(answer)) == ([(reverse("registry:received"), 302)], ["已签收。"])
    client.get(circular.get_absolute_url())
    receipt.refresh_from_db()
    assert (receipt.read_by, receipt.acknowledged_at) == (chain.planner, None)
    answer = client.post(reverse("registry:acknowledge", args=[receipt.pk]), follow=True)

    assert said(answer) == ["已确认。"]
    tabs = [(tab.label, tab.count) for tab in answer.context["tabs"]]
    assert tabs == [("待确认", 0), ("已确认", 1)]
    lines = circular.matter.trail.filter(actor=chain.planner, seq__gt=circular.matter.trail.get(action="sign").seq)
    assert list(lines.order_by("seq").values_list("action", flat=True)) == [
        "receive", "read", "view_document", "acknowledge",
    ]  # fmt: skip


def test_in_place_only_the_line_and_the_numbers_come_back(circular: Any, chain: Any, browser: Any) -> None:
    receipt = receipt_of(circular, chain.store)

    page = (
        browser(chain.planner).post(reverse("registry:acknowledge", args=[receipt.pk]), headers=HTMX).content.decode()
    )

    assert [words in page for words in ("<html", f'id="receipt-{receipt.pk}"', "已确认。", 'id="received-count"')] == [
        False, True, True, True,
    ]  # fmt: skip


def test_a_moment_too_late_reads_who_did_it(circular: Any, chain: Any, browser: Any) -> None:
    receipt = receipt_of(circular, chain.store)
    browser(chain.store_manager).post(reverse("registry:acknowledge", args=[receipt.pk]))

    answer = browser(chain.planner).post(reverse("registry:acknowledge", args=[receipt.pk]), follow=True)

    assert said(answer) == ["周启明 已于 今天 10:00 办理。"]
    assert circular.matter.trail.filter(action="acknowledge").count() == 1


def test_signing_for_all_takes_what_was_shown(
    circular: Any, chain: Any, browser: Any, open_campaign: Any, walk: Any
) -> None:
    later = walk(open_campaign(), to="approved")
    client, mine = browser(chain.planner), receipt_of(circular, chain.store)
    foreign = receipt_of(circular, chain.region)

    answer = client.post(
        reverse("registry:receive_all"), {"receipt": [mine.pk, foreign.pk, "x", "9" * 40]}, follow=True
    )

    assert said(answer) == ["已签收 1 份文件。"]
    received = Receipt.objects.exclude(received_at=None).values_list("document__matter", "unit__name")
    assert list(received) == [(circular.matter_id, "杭州城西店")]
    assert later.pk != circular.matter_id


def test_what_is_left_to_sign_for_follows_every_line(
    circular: Any, chain: Any, browser: Any, open_campaign: Any, walk: Any
) -> None:
    """Four papers lie there: one is signed for, one opened, one acknowledged; a fifth comes that was not shown."""
    for _ in range(3):
        walk(open_campaign(), to="approved")
    client, mine = browser(chain.planner), Receipt.objects.filter(unit=chain.store).order_by("pk")
    opened = mine[1]
    Rendition.objects.update(status="rendered", digest=store.put(b"%PDF-1.7"), size=8, pages=4)
    keys = [receipt.pk for receipt in mine]
    walk(open_campaign(), to="approved")

    def left(answer: Any) -> tuple[list[int], list[str]]:
        head = answer.content.decode().partition('id="receive-all"')[2].partition("</div>")[0]
        return [int(key) for key in re.findall(r'name="receipt" value="(\d+)"', head)], re.findall(
            "全部签收（.）", head
        )

    signed = client.post(reverse("registry:receive", args=[keys[0]]), {"receipt": keys}, headers=HTMX)
    client.get(opened.document.get_absolute_url())
    line = client.get(reverse("registry:receipt", args=[opened.pk]), {"receipt": keys[1:]}, headers=HTMX)
    acknowledged = client.post(reverse("registry:acknowledge", args=[keys[2]]), {"receipt": keys[2:]}, headers=HTMX)

    assert [left(signed), left(line), left(acknowledged)] == [
        (keys[1:], ["全部签收（3）"]),
        (keys[2:], ["全部签收（2）"]),
        ([], []),
    ]
    page = line.content.decode()
    offered = [reverse(f"registry:{act}", args=[opened.pk]) in page for act in ("receive", "acknowledge")]
    assert (offered, "已阅 林晓" in page, 'role="status"' in page) == ([False, True], True, False)


def test_a_line_is_shown_again_to_who_answers_for_its_unit(circular: Any, chain: Any, browser: Any) -> None:
    address = reverse("registry:receipt", args=[receipt_of(circular, chain.store).pk])

    found = statuses(chain, browser, lambda client: client.get(address, headers=HTMX))

    assert found == {200: {"planner", "store_manager"}, 404: set(chain.people()) - {"planner", "store_manager"}}
    assert browser(chain.planner).get(address).url == reverse("registry:received")


@pytest.mark.parametrize("act", ["receive", "acknowledge"])
def test_whoever_does_not_answer_for_the_unit_finds_nothing(circular: Any, chain: Any, browser: Any, act: str) -> None:
    receipt = receipt_of(circular, chain.store)
    address = reverse(f"registry:{act}", args=[receipt.pk])

    found = statuses(chain, browser, lambda client: client.post(address))

    assert found[302] == {"planner", "store_manager"}
    assert found[404] == set(chain.people()) - found[302]
    assert browser(chain.planner).get(address).url == reverse("registry:received")


def test_a_stand_in_sees_for_whom_they_answer(circular: Any, chain: Any, browser: Any) -> None:
    StandIn.objects.create(
        principal=chain.region_manager, deputy=chain.nobody, starts_on=clock.today(), ends_on=clock.today()
    )
    client, receipt = browser(chain.nobody), receipt_of(circular, chain.region)

    page = client.get(reverse("registry:received")).content.decode()
    client.post(reverse("registry:acknowledge", args=[receipt.pk]))

    assert ("代 沈若兰" in page or "沈若兰" in page, receipt_of(circular, chain.region).acknowledged_by) == (
        True,
        chain.nobody,
    )
    line = circular.matter.trail.get(action="acknowledge")
    assert (line.actor_name, line.on_behalf_of_name) == ("吴间", "沈若兰")


def test_a_voided_paper_is_not_asked_for_any_more(circular: Any, chain: Any, browser: Any) -> None:
    receipt, client = receipt_of(circular, chain.store), browser(chain.planner)
    Voiding.objects.create(document=circular, reason="印错了", by=chain.clerk)

    answer = client.post(reverse("registry:acknowledge", args=[receipt.pk]), follow=True)

    assert (said(answer), answer.context["rows"]) == (["此文已作废，无需确认。"], [])
    assert "已作废" in client.get(reverse("registry:received"), {"show": "acknowledged"}).content.decode()


def test_who_holds_a_paper_is_told_that_it_is_void(
    circular: Any, chain: Any, browser: Any, open_campaign: Any, walk: Any
) -> None:
    """The planner of another store was sent a copy; they never see the matter, but the paper was theirs to act on."""
    further(circular, chain, chain.other_store)
    client, acknowledged = browser(chain.other_planner), {"show": "acknowledged"}
    with clock.at(clock.now() + timedelta(hours=1)):
        later = IssuedDocument.objects.get(matter=walk(open_campaign(), to="approved").pk, kind="campaign.circular")
        further(later, chain, chain.other_store)
        distribution.acknowledge(later.receipts.filter(unit=chain.other_store), by=Standing(chain.other_planner))
    with clock.at(clock.now() + timedelta(hours=2)):
        notice = void(circular, by=chain.clerk, reason="预算有误，重新行文。").notice
        assert notice is not None

        waiting = client.get(reverse("registry:received"))
        done = client.get(reverse("registry:received"), acknowledged)
        answer = client.post(
            reverse("registry:acknowledge", args=[receipt_of(notice, chain.other_store).pk]), follow=True
        )

    def papers(page: Any) -> list[tuple[Any, str]]:
        return [(row.receipt.document, row.receipt.purpose) for row in page.context["rows"]]

    assert [papers(waiting), papers(done)] == [[(notice, "copy")], [(circular, "copy"), (later, "copy")]]
    line = done.content.decode().partition('<p class="receipt-void">')[2].partition("</p>")[0]
    link = f'<a href="{notice.get_absolute_url()}" hx-boost="false">作废通知</a>'
    assert line == f"2026-03-09 由冯静怡作废：预算有误，重新行文。 {link}"
    assert said(answer) == ["已确认。"]


def test_whoever_may_see_a_paper_may_see_its_void_notice(circular: Any, chain: Any, browser: Any) -> None:
    further(circular, chain, chain.other_store)
    notice = void(circular, by=chain.clerk, reason="预算有误，重新行文。").notice
    assert notice is not None
    notice.receipts.all().delete()  # voided before its notice was sent after it

    def seen(paper: Any, page: str) -> dict[int, set[str]]:
        return statuses(chain, browser, lambda client: client.get(reverse(f"registry:{page}", args=[paper.pk])))

    found = [seen(paper, page) for page in ("document", "paper") for paper in (circular, notice)]

    assert found == [found[0]] * 4
    assert (
        {"other_planner", "other_store_manager"} <= found[0][200],
        {"neighbour_planner", "nobody"} <= found[0][404],
    ) == (True, True)


def test_what_a_paper_names_is_a_link_only_for_whoever_may_follow_it(circular: Any, chain: Any, browser: Any) -> None:
    further(circular, chain, chain.other_store)
    notice = void(circular, by=chain.clerk, reason="预算有误，重新行文。").notice
    assert notice is not None
    further(notice, chain, chain.neighbour_store)  # which has the notice, and not the paper
    matter = circular.matter.get_absolute_url()
    papers = {
        "paper": reverse("registry:paper", args=[circular.pk]),
        "notice": reverse("registry:document", args=[notice.pk]),
    }

    def links(person: Any, paper: Any) -> set[str]:
        page = browser(person).get(reverse("registry:paper", args=[paper.pk])).content.decode()
        return {name for name, address in {"matter": matter, **papers}.items() if f'href="{address}"' in page}

    assert {
        "planner": links(chain.planner, circular),
        "holder": links(chain.other_planner, circular),
        "planner, notice": links(chain.planner, notice),
        "holder, notice": links(chain.other_planner, notice),
        "neighbour, notice": links(chain.neighbour_planner, notice),
    } == {
        "planner": {"matter", "notice"},
        "holder": {"notice"},
        "planner, notice": {"matter", "paper", "notice"},
        "holder, notice": {"paper", "notice"},
        "neighbour, notice": {"notice"},
    }
    page = browser(chain.other_planner).get(papers["paper"]).content.decode()
    assert (circular.matter.reference in page, "事项本身" in page) == (False, False)


def test_the_inbox_says_how_many_papers_wait(circular: Any, chain: Any, browser: Any) -> None:
    pages = [
        browser(person).get(reverse("desk:inbox")).content.decode() for person in (chain.planner, chain.other_planner)
    ]

    assert ["1 份文件待确认" in page for page in pages] == [True, False]


# --- who may open the paper ------------------------------------------------------------------------------------


def test_a_unit_opens_what_it_was_sent_although_it_does_not_see_the_matter(
    circular: Any, chain: Any, browser: Any
) -> None:
    before = statuses(chain, browser, lambda client: client.get(circular.get_absolute_url()))
    further(circular, chain, chain.other_store)
    after = statuses(chain, browser, lambda client: client.get(circular.get_absolute_url()))

    assert after[200] - before[200] == {"other_planner", "other_store_manager"}
    assert before[404] - after[404] == {"other_planner", "other_store_manager"}
    assert browser(chain.other_planner).get(circular.matter.get_absolute_url()).status_code == 404
    assert receipt_of(circular, chain.other_store).read_by in (chain.other_planner, chain.other_store_manager)


def test_only_the_first_download_of_the_unit_is_its_reading(circular: Any, chain: Any, browser: Any) -> None:
    for person in (chain.vice_president, chain.store_manager, chain.planner):
        browser(person).get(circular.get_absolute_url())

    lines = [(line.actor_name, line.documents[0]["to"]) for line in circular.matter.trail.filter(action="read")]
    assert lines == [("周启明", ["杭州城西店"])]
    assert circular.matter.trail.filter(action="view_document").count() == 3


def test_a_page_that_waits_for_the_file_does_not_name_a_matter_one_may_not_see(
    circular: Any, chain: Any, browser: Any
) -> None:
    further(circular, chain, chain.other_store)
    Rendition.objects.filter(pk=circular.pk).update(status="queued")

    foreign = browser(chain.other_planner).get(circular.get_absolute_url()).content.decode()
    own = browser(chain.planner).get(circular.get_absolute_url()).content.decode()

    assert [circular.matter.reference in page for page in (foreign, own)] == [False, True]


# --- the clerk's pages -----------------------------------------------------------------------------------------


def test_clerks_act_auditors_look_others_are_refused(circular: Any, chain: Any, browser: Any) -> None:
    row = DistributionList.objects.create(name="华东各店")
    everybody = set(chain.people())
    for address in (
        reverse("registry:distribution"),
        reverse("registry:distributed", args=[circular.pk]),
        reverse("registry:lists"),
    ):
        found = statuses(chain, browser, lambda client, address=address: client.get(address))
        assert found == {200: {"clerk", "auditor"}, 403: everybody - {"clerk", "auditor"}}
    for address in (reverse("registry:new_list"), reverse("registry:edit_list", args=[row.pk])):
        found = statuses(chain, browser, lambda client, address=address: client.get(address))
        assert found == {200: {"clerk"}, 403: everybody - {"clerk"}}
    for address in (
        reverse("registry:urge_all"),
        reverse("registry:urge", args=[circular.pk]),
        reverse("registry:distributed", args=[circular.pk]),
        reverse("registry:new_list"),
        reverse("registry:edit_list", args=[row.pk]),
        reverse("registry:delete_list", args=[row.pk]),
    ):
        found = statuses(chain, browser, lambda client, address=address: client.post(address))
        assert found[403] == everybody - {"clerk"}
    page = browser(chain.auditor).get(reverse("registry:distributed", args=[circular.pk])).content.decode()
    assert ("<form" in page.partition("<main")[2].partition("</main>")[0], "杭州城西店" in page) == (False, True)


@pytest.mark.parametrize(
    ("page", "allowed", "posts"),
    [
        ("distribution", {"clerk", "auditor"}, "文书、审计"),
        ("lists", {"clerk", "auditor"}, "文书、审计"),
        ("new_list", {"clerk"}, "文书"),
        ("batches", {"clerk", "auditor"}, "文书、审计"),
        ("new_batch", {"clerk"}, "文书"),
        ("failed", {"administrator"}, "系统管理"),
    ],
)
def test_a_refusal_says_whose_page_it_is(chain: Any, browser: Any, page: str, allowed: set[str], posts: str) -> None:
    words = f'<p class="notice warn">此处仅限以下岗位：{posts}。</p>'
    answers = {name: browser(person).get(reverse(f"registry:{page}")) for name, person in chain.people().items()}

    assert {name for name, answer in answers.items() if answer.status_code == 200} == allowed
    refused = [answer for answer in answers.values() if answer.status_code != 200]
    assert {(answer.status_code, words in answer.content.decode()) for answer in refused} == {(403, True)}


def test_progress_is_counted_per_paper(circular: Any, chain: Any, browser: Any) -> None:
    distribution.acknowledge(Receipt.objects.filter(unit=chain.store), by=Standing(chain.planner))
    client = browser(chain.clerk)

    def shown(**asked: str) -> list[tuple[str, int, int, int]]:
        rows = client.get(reverse("registry:distribution"), asked).context["rows"]
        return [(paper.number, paper.acknowledged, paper.sent, paper.overdue) for paper, _kind in rows]

    number = circular.number
    assert [shown(), shown(show="overdue"), shown(show="all", q=number), shown(q="不存在")] == [
        [(number, 1, 4, 0)], [], [(number, 1, 4, 0)], [],
    ]  # fmt: skip
    with clock.at(timezone.make_aware(datetime(2026, 3, 13, 10))):
        assert shown(show="overdue") == [(number, 1, 4, 3)]
        tabs = client.get(reverse("registry:distribution")).context["tabs"]
        assert [(tab.value, tab.count) for tab in tabs] == [("", 1), ("overdue", 1), ("all", 1)]
    distribution.acknowledge(Receipt.objects.filter(unit=chain.region), by=Standing(chain.region_manager))
    Voiding.objects.create(document=circular, reason="印错了", by=chain.clerk)
    assert [shown(), shown(show="all")] == [[], [(number, 2, 4, 0)]]


def test_urging_all_with_one_press(circular: Any, chain: Any, browser: Any) -> None:
    client = browser(chain.clerk)
    with clock.at(timezone.make_aware(datetime(2026, 3, 13, 10))):
        first = client.post(reverse("registry:urge_all"), {"show": "overdue"}, follow=True)
        second = client.post(reverse("registry:urge", args=[circular.pk]), follow=True)
        page = client.get(reverse("registry:distributed", args=[circular.pk])).content.decode()

    assert (first.redirect_chain, said(first)) == (
        [(reverse("registry:distribution") + "?show=overdue", 302)],
        ["已催办 4 个单位。"],
    )
    assert said(second) == ["今日已催办，每个工作日限一次，3月16日可再次催办。"]
    assert (page.count("1 次"), "3月16日起可再次催办" in page) == (4, True)


def test_urging_is_offered_for_whom_it_is_possible_with_their_number(
    circular: Any, chain: Any, browser: Any, open_campaign: Any, walk: Any
) -> None:
    walk(open_campaign(), to="approved")
    distribution.acknowledge(Receipt.objects.filter(unit=chain.region), by=Standing(chain.region_manager))
    client, address = browser(chain.clerk), reverse("registry:distribution")

    def offered(person: Any = chain.clerk, **asked: str) -> tuple[list[int], Any, list[str]]:
        page = browser(person).get(address, asked)
        words = re.findall(r">(催办 \d 个单位|催办\S+单位（\d）|[^>]+起可再次催办)<", page.content.decode())
        return [paper.ready for paper, _kind in page.context["rows"]], page.context.get("ready"), words

    assert offered() == ([3, 3], {"units": 6, "papers": 2}, ["催办未确认单位（6）", "催办 3 个单位", "催办 3 个单位"])
    assert offered(show="all") == ([3, 3], None, ["催办 3 个单位", "催办 3 个单位"])
    assert offered(chain.auditor) == ([3, 3], None, [])
    with clock.at(timezone.make_aware(datetime(2026, 3, 13, 10))):
        client.post(reverse("registry:urge", args=[circular.pk]), {"receipt": receipt_of(circular, chain.store).pk})
        assert offered(show="overdue")[1:] == (
            {"units": 5, "papers": 2},
            ["催办逾期单位（5）", "催办 3 个单位", "催办 2 个单位"],
        )
        client.post(reverse("registry:urge_all"))
        assert offered() == ([0, 0], {"units": 0, "papers": 0}, ["3月16日起可再次催办"])
        assert client.get(address).content.decode().count("最近催办 今天 10:00") == 2
    with clock.at(timezone.make_aware(datetime(2026, 3, 14, 10))):  # a Saturday
        assert offered() == ([0, 0], {"units": 0, "papers": 0}, ["3月16日起可再次催办"])
    with clock.at(timezone.make_aware(datetime(2026, 3, 16, 0, 1))):
        assert offered()[:2] == ([3, 3], {"units": 6, "papers": 2})


def test_the_database_and_the_calendar_agree_on_whom_may_be_urged(circular: Any, chain: Any) -> None:
    calendar, waiting = WorkingCalendar.load(), circular.receipts
    waiting.filter(unit=chain.store).update(urged_at=timezone.make_aware(datetime(2026, 3, 13, 23, 59)))
    for hours in range(0, 24 * 6, 5):
        with clock.at(timezone.make_aware(datetime(2026, 3, 13, 0, 30)) + timedelta(hours=hours)):
            by_calendar = {row.pk for row in waiting.all() if distribution.again_on(row, calendar) <= clock.today()}
            assert set(waiting.filter(distribution.may_be_urged()).values_list("pk", flat=True)) == by_calendar


def test_many_are_urged_only_when_asked_once_more(circular: Any, chain: Any, browser: Any) -> None:
    for address in (reverse("registry:distribution"), reverse("registry:distributed", args=[circular.pk])):
        page = browser(chain.clerk).get(address).content.decode()
        asked = page.partition('<details class="ask">')[2].partition("</details>")[0]
        assert [words in asked for words in ("催办未确认单位（4）</summary>", "4 个单位。", "确认催办</button>")] == [
            True, True, True,
        ]  # fmt: skip


def test_after_urging_one_paper_the_clerk_is_where_they_were(
    circular: Any, chain: Any, browser: Any, open_campaign: Any, walk: Any, monkeypatch: Any
) -> None:
    monkeypatch.setattr("workflows.registry.views.distribution.PAGE", 1)
    walk(open_campaign(), to="approved")
    client, asked = browser(chain.clerk), {"show": "all", "q": "星企发"}

    first = client.get(reverse("registry:distribution"), asked).content.decode()
    page = client.get(reverse("registry:distribution"), asked | {"page": "2"}).content.decode()
    form = page.partition(f'action="{reverse("registry:urge", args=[circular.pk])}"')[2].partition("</form>")[0]
    fields = dict(re.findall(r'name="(list|show|q)" value="(.*?)"', form))
    answer = client.post(reverse("registry:urge", args=[circular.pk]), fields)

    words = "show=all&q=%E6%98%9F%E4%BC%81%E5%8F%91"
    assert f'href="?{words.replace("&", "&amp;")}&amp;page=2"' in first
    assert (fields, answer["Location"]) == (
        asked | {"list": "2"},
        f"{reverse('registry:distribution')}?{words}&page=2",
    )


def test_a_paper_never_sent_is_sent_from_its_own_page(circular: Any, chain: Any, browser: Any) -> None:
    declaration = IssuedDocument.objects.get(matter=circular.matter, kind="campaign.declaration")
    client, own = browser(chain.clerk), reverse("registry:paper", args=[declaration.pk])
    distributed = reverse("registry:distributed", args=[declaration.pk])

    there = f'<a class="button" href="{distributed}">分发</a>' in client.get(own).content.decode()
    back = f'<a class="button" href="{own}">公文详情</a>' in client.get(distributed).content.decode()
    asked = {"units": [chain.other_store.pk], "purpose": "copy", "due_on": "2026-03-18"}
    answer = client.post(distributed, asked, follow=True)

    assert (there, back, said(answer)) == (True, True, ["已分发至 1 个单位。"])


def test_the_way_to_the_distribution_is_shown_to_whom_it_is_open(circular: Any, chain: Any, browser: Any) -> None:
    """Of everybody who sees the paper; not to who stands in for the clerk: that page is nobody's to borrow."""
    StandIn.objects.create(
        principal=chain.clerk, deputy=chain.resource_centre, starts_on=clock.today(), ends_on=clock.today()
    )
    own, distributed = (reverse(f"registry:{page}", args=[circular.pk]) for page in ("paper", "distributed"))

    shown = {
        name
        for name, person in chain.people().items()
        if f'href="{distributed}"' in browser(person).get(own).content.decode()
    }

    assert shown == statuses(chain, browser, lambda client: client.get(distributed))[200] == {"clerk", "auditor"}


def test_a_clerk_sends_further_along_a_list(circular: Any, chain: Any, browser: Any) -> None:
    row = DistributionList.objects.create(name="各店")
    row.units.set([chain.store, chain.neighbour_store, chain.expansion_store])
    chain.expansion_store.closed_on = clock.today()
    chain.expansion_store.save()
    asked = {"lists": [row.pk], "units": [chain.other_store.pk], "purpose": "copy", "due_on": "2026-03-18"}

    answer = browser(chain.clerk).post(reverse("registry:distributed", args=[circular.pk]), asked, follow=True)

    assert said(answer) == ["已分发至 2 个单位。"]
    new = Receipt.objects.filter(due_on=date(2026, 3, 18)).values_list("unit__name", "purpose")
    assert sorted(new) == [("深圳湾店", "copy"), ("苏州湖东店", "copy")]


def test_what_another_clerk_sent_meanwhile_is_not_sent_twice(circular: Any, chain: Any, browser: Any) -> None:
    client, address = browser(chain.clerk), reverse("registry:distributed", args=[circular.pk])
    asked = {"purpose": "copy", "due_on": "2026-03-18"}
    colleague = chain.appoint(Role.CLERK, chain.office, "程洛")
    distribution.send(circular, [chain.other_store], "to", by=Capacity(colleague, colleague.posts.get()))

    both = client.post(address, asked | {"units": [chain.other_store.pk, chain.neighbour_store.pk]}, follow=True)
    again = client.post(address, asked | {"units": [chain.other_store.pk]})

    assert said(both) == ["已分发至 1 个单位。"]
    assert (again.status_code, dict(again.context["form"].errors)) == (422, {"units": ["此文已分发至所选单位。"]})
    assert receipt_of(circular, chain.other_store).purpose == "to"


def test_a_unit_closed_while_it_was_being_ticked_is_said_beside_the_units(
    circular: Any, chain: Any, browser: Any
) -> None:
    chain.other_store.closed_on = clock.today()
    chain.other_store.save()
    asked = {"units": [chain.other_store.pk, chain.neighbour_store.pk], "purpose": "copy", "due_on": "2026-03-18"}

    answer = browser(chain.clerk).post(reverse("registry:distributed", args=[circular.pk]), asked)

    why = "所选单位中有的已在此期间撤销，请重新核对。"
    assert (answer.status_code, dict(answer.context["form"].errors)) == (422, {"units": [why]})
    assert circular.receipts.count() == 4


def test_a_year_ahead_is_the_furthest_a_paper_may_be_due(circular: Any, chain: Any, browser: Any) -> None:
    asked = {"units": [chain.other_store.pk], "purpose": "copy", "due_on": "2027-03-09"}

    answer = browser(chain.clerk).post(reverse("registry:distributed", args=[circular.pk]), asked)

    assert (answer.status_code, receipt_of(circular, chain.other_store).due_on) == (302, date(2027, 3, 9))


@pytest.mark.parametrize(
    ("changed", "beside", "why"),
    [
        ({"units": []}, "units", "请选择单位或分发名单。"),
        ({"units": [], "lists": ["list"]}, "lists", "此文已分发至所选单位。"),
        ({"due_on": ""}, "due_on", "请填写确认期限。"),
        ({"due_on": "2026-03-06"}, "due_on", "该日期已过。"),
        ({"due_on": "2026-03-14"}, "due_on", "该日为休息日，请选择工作日。"),
        ({"due_on": "2027-03-10"}, "due_on", "该日期距今超过一年，请核对年份。"),
        ({"due_on": "9999-03-10"}, "due_on", "该日期距今超过一年，请核对年份。"),
    ],
)
def test_what_is_missing_is_said_beside_the_field(
    circular: Any, chain: Any, browser: Any, changed: dict[str, Any], beside: str, why: str
) -> None:
    row = DistributionList.objects.create(name="本店")
    row.units.set([chain.store])
    asked = {"units": [chain.other_store.pk], "purpose": "to", "due_on": "2026-03-18"} | changed
    asked["lists"] = [row.pk for _ in asked.get("lists", [])]

    answer = browser(chain.clerk).post(reverse("registry:distributed", args=[circular.pk]), asked)

    form = answer.context["form"]
    assert (answer.status_code, dict(form.errors)) == (422, {beside: [why]})
    page = answer.content.decode()
    head = page.partition("<h1>")[2].partition('<form class="stack"')[0]
    assert (f'<li><a href="#id_{beside}">{form[beside].label}：{why}</a></li>' in head, page.count(why)) == (True, 2)
    assert page.count(f' id="id_{beside}"') == 1
    assert f'value="{form["due_on"].value()}"' in page or not form["due_on"].value()
    assert circular.receipts.count() == 4


def drawn(branches: Any, depth: int = 0) -> list[str]:
    """The tree of units as a page shows it: set in, with what stands for a box."""
    lines = []
    for branch in branches:
        box = "[x]" if branch.has_it else f"[{' ' * bool(branch.tick)}]"
        lines += [f"{'  ' * depth}{box} {branch.unit}", *drawn(branch.below, depth + 1)]
    return lines


def test_units_to_tick_stand_below_their_own_region_although_it_has_the_paper(
    circular: Any, chain: Any, browser: Any
) -> None:
    chain.expansion.closed_on = chain.other_store.closed_on = clock.today()
    chain.expansion.save()
    chain.other_store.save()

    page = browser(chain.clerk).get(reverse("registry:distributed", args=[circular.pk]))

    assert drawn(page.context["form"]["units"].tree) == [
        "[ ] 星桥数码",
        "  [ ] 华南大区",
        "  [ ] 审计室",
        "  [ ] 品牌部",
        "  [x] 财务部",
        "  [ ] 法务部",
        "  [ ] 行政部",
        "  [x] 企划部",
        "  [x] 华东大区",
        "    [x] 杭州城西店",
        "    [ ] 苏州湖东店",
        "  [] 西北拓展区",
        "    [ ] 西安城南店",
    ]
    words = page.content.decode()
    assert (words.count("<small>已分发</small>"), words.count("<small>已撤销</small>")) == (4, 1)
    assert words.count('<input type="checkbox" name="units"') == 8


def test_ticks_stay_when_the_form_comes_back(circular: Any, chain: Any, browser: Any) -> None:
    asked = {"units": [chain.neighbour_store.pk, chain.other_region.pk], "purpose": "copy", "due_on": ""}

    answer = browser(chain.clerk).post(reverse("registry:distributed", args=[circular.pk]), asked)

    ticked = re.findall(r'name="units" value="(\d+)"[^>]* checked', answer.content.decode())
    assert sorted(map(int, ticked)) == sorted(asked["units"])


# --- lists -----------------------------------------------------------------------------------------------------


def test_a_clerk_makes_changes_and_deletes_a_list(chain: Any, browser: Any) -> None:
    client = browser(chain.clerk)
    made = client.post(reverse("registry:new_list"), {"name": "华东各店", "units": [chain.store.pk]}, follow=True)
    row = DistributionList.objects.get()
    client.post(
        reverse("registry:edit_list", args=[row.pk]),
        {"name": "华东门店", "units": [chain.neighbour_store.pk]},
        follow=True,
    )
    row.refresh_from_db()
    kept = (row.name, [unit.name for unit in row.units.all()])
    gone = client.post(reverse("registry:delete_list", args=[row.pk]), follow=True)

    assert (said(made), kept, said(gone)) == (
        ["名单“华东各店”已保存。"],
        ("华东门店", ["苏州湖东店"]),
        ["名单“华东门店”已删除。"],
    )
    assert not DistributionList.objects.exists()


def test_a_unit_closed_since_stays_on_its_list_until_a_clerk_takes_it_off(chain: Any, browser: Any) -> None:
    row = DistributionList.objects.create(name="各店")
    row.units.set([chain.store, chain.expansion_store])
    chain.expansion_store.closed_on = clock.today()
    chain.expansion_store.save()
    client, address = browser(chain.clerk), reverse("registry:edit_list", args=[row.pk])

    page = client.get(address)
    ticked = re.findall(r'name="units" value="(\d+)"[^>]* checked> <span>(.*?)</span>', page.content.decode())
    client.post(address, {"name": "各门店", "units": [pk for pk, _name in ticked]})
    shown, kept = client.get(reverse("registry:lists")).content.decode(), set(row.units.all())
    client.post(address, {"name": "各门店", "units": [chain.store.pk]})

    assert [name for _pk, name in ticked] == ["杭州城西店", "西安城南店 <small>已撤销</small>"]
    assert "<span>西安城南店 <small>已撤销</small></span>" in shown
    assert (kept, set(row.units.all())) == ({chain.store, chain.expansion_store}, {chain.store})


def test_two_lists_of_one_name_are_refused_and_nothing_ticked_is_lost(chain: Any, browser: Any) -> None:
    DistributionList.objects.create(name="华东各店")

    answer = browser(chain.clerk).post(reverse("registry:new_list"), {"name": "华东各店", "units": [chain.store.pk]})
    empty = browser(chain.clerk).post(reverse("registry:new_list"), {"name": ""})

    assert (answer.status_code, dict(answer.context["form"].errors)) == (422, {"name": ["已有同名名单。"]})
    assert answer.context["form"]["units"].value() == [str(chain.store.pk)]
    assert dict(empty.context["form"].errors) == {"name": ["请填写名单名称。"], "units": ["请至少选择一个单位。"]}
    head = empty.content.decode().partition("<h1>")[2].partition("<form")[0]
    assert re.findall(r'<li><a href="(#.*?)">(.*?)</a></li>', head) == [
        ("#id_name", "名称：请填写名单名称。"),
        ("#id_units", "单位：请至少选择一个单位。"),
    ]


# --- what it costs ---------------------------------------------------------------------------------------------


def test_every_page_costs_the_same_for_one_paper_and_for_many(
    circular: Any, chain: Any, browser: Any, open_campaign: Any, walk: Any
) -> None:
    row = DistributionList.objects.create(name="名单")
    row.units.set([chain.store])
    addresses = [
        ("planner", reverse("registry:received")),
        ("planner", reverse("registry:received") + "?show=acknowledged"),
        ("clerk", reverse("registry:distribution")),
        ("clerk", reverse("registry:distribution") + "?show=all"),
        ("clerk", reverse("registry:distributed", args=[circular.pk])),
        ("clerk", reverse("registry:lists")),
    ]

    def costs() -> list[int]:
        found = []
        for who, address in addresses:
            client = browser(getattr(chain, who))
            client.get(address)
            with CaptureQueriesContext(
                connection,
            ) as queries:
                assert client.get(address).status_code == 200
            found.append(len(queries))
        return found

    distribution.acknowledge(Receipt.objects.filter(unit=chain.store), by=Standing(chain.planner))
    walk(open_campaign(), to="approved")
    few = costs()
    for number in range(3):
        with clock.at(clock.now() + timedelta(minutes=number)):
            paper = IssuedDocument.objects.get(matter=walk(open_campaign(), to="approved").pk, kind="campaign.circular")
        further(paper, chain, chain.other_store, chain.neighbour_store)
        if number == 1:
            void(paper, by=chain.clerk, reason="印错了")
        if number == 2:
            distribution.acknowledge(paper.receipts.filter(unit=chain.store), by=Standing(chain.planner))
        DistributionList.objects.create(name=f"名单 {number}").units.set([chain.store, chain.region])
    further(circular, chain, chain.other_store, chain.neighbour_store)

    assert costs() == few
