"""Print files: many documents as one file for the printer, made by the same queue, watched by the clerk."""

from __future__ import annotations

import io
from datetime import timedelta
from pathlib import Path
from typing import Any

import pdfplumber
import pikepdf
import pytest
from django.test import Client
from django.urls import reverse

from documents.models import Batch, IssuedDocument, Rendition
from documents.press.process import Press, Unprintable
from documents.registry import queue, store
from documents.registry.batches import progress, put_together
from workflows.organisation import clock
from workflows.organisation.offices import Capacity
from workflows.trail.models import Entry

CLERKS_PAGES = ["registry:batches", "registry:new_batch"]


@pytest.fixture
def browser() -> Any:
    def opened(person: Any) -> Client:
        client = Client(headers={"accept-language": "zh-CN"})
        client.force_login(person)
        return client

    return opened


@pytest.fixture
def issued(circular: Any) -> list[IssuedDocument]:
    """The three documents of one approved campaign, all with a file; which bytes they are does not matter here."""
    papers = list(IssuedDocument.objects.order_by("issued_at", "pk"))
    Rendition.objects.update(status="rendered", digest=store.put(b"%PDF-1.7"), size=8, pages=1)
    return papers


@pytest.fixture
def batch(issued: Any, chain: Any) -> Batch:
    return put_together("三月批复", issued, Capacity(chain.clerk, chain.clerk.posts.get()))


def words(page: Any) -> list[tuple[str, int, int]]:
    """Every character with its place, a tenth of a point fine."""
    return [(char["text"], round(char["x0"] * 10), round(char["top"] * 10)) for char in page.chars]


def test_every_page_is_the_one_printed_alone_and_every_document_begins_on_a_front(papers: Any) -> None:
    own, counts = Press(), []
    try:
        parts = [(paper.kind, paper.language, paper.facts) for paper in papers().values()]
        alone = [own.print(*part) for part in parts]
        pdf, pages = own.print_together("三月批复", parts, counts.append)
        again = own.print_together("三月批复", parts, counts.append)
    finally:
        own.close()

    assert (counts, again) == ([*range(1, 10), *range(1, 10)], (pdf, pages))
    with pdfplumber.open(io.BytesIO(pdf)) as whole:
        assert len(whole.pages) == pages
        place = 0
        for content, length in alone:
            assert place % 2 == 0
            with pdfplumber.open(io.BytesIO(content)) as single:
                for own_page, page in zip(single.pages, whole.pages[place:], strict=False):
                    assert words(page) == words(own_page)
                    assert len(page.curves + page.rects) == len(own_page.curves + own_page.rects)
            place += length
            if place % 2 and place < pages:
                assert whole.pages[place].objects == {}
                place += 1
        assert place == pages


def test_it_says_that_it_is_for_the_printer_and_carries_each_font_once(papers: Any) -> None:
    own = Press()
    try:
        parts = [(paper.kind, paper.language, paper.facts) for paper in papers().values()]
        pdf, _pages = own.print_together("三月批复", parts, lambda _count: None)
    finally:
        own.close()

    with pikepdf.open(io.BytesIO(pdf)) as document:
        assert (str(document.docinfo.Title), str(document.docinfo.Subject)) == (
            "三月批复",
            "打印文件，仅供打印：未加签名，不是存档件。",
        )
        assert ("/Metadata" in document.Root, "/StructTreeRoot" in document.Root) == (False, False)
        names = [
            str(thing.FontName)
            for thing in document.objects
            if isinstance(thing, pikepdf.Dictionary) and "/FontName" in thing
        ]
    faces = [name.partition("+")[2] for name in names]
    assert len(faces) == len(set(faces)) > 1


def test_what_is_too_much_is_said_in_words(circular: Any, monkeypatch: Any) -> None:
    own, part = Press(), (circular.kind, circular.language, circular.facts)
    try:
        with pytest.raises(Unprintable, match="一个打印文件最多收入 500 份文件，现有 501 份。"):
            own.print_together("太多", [(part[0], part[1], {})] * 501, lambda _count: None)
        with pytest.raises(Unprintable, match="文字过长"):
            own.print_together(
                "太长", [part, (part[0], part[1], {**part[2], "note": "长" * 5_000_000})], lambda _count: None
            )
        assert own.print_together("正好", [part], lambda _count: None)[1] >= 2
    finally:
        own.close()


def test_it_waits_for_its_documents_and_then_the_same_sweep_makes_it(batch: Batch, issued: Any) -> None:
    def standing() -> tuple[str, int, int, int]:
        now = progress([Batch.objects.get(pk=batch.pk)])[0]
        return now.stage, now.made, now.failed, now.total

    total = len(issued)
    rendition = issued[0].rendition
    Rendition.objects.filter(pk=rendition.pk).update(status="queued", not_before=clock.now() + timedelta(minutes=5))
    assert (queue.render_waiting(), standing()) == (0, ("documents", total - 1, 0, total))

    Rendition.objects.filter(pk=rendition.pk).update(status="failed")
    assert (queue.render_waiting(), standing()) == (0, ("held", total - 1, 1, total))

    Rendition.objects.filter(pk=rendition.pk).update(status="rendered")
    assert standing() == ("file", total, 0, total)
    assert (queue.render_waiting(), standing()) == (1, ("ready", total, 0, total))

    batch.refresh_from_db()
    content = store.get(batch.digest)
    assert (batch.size, batch.attempts, batch.last_error) == (len(content), 1, "")
    with pikepdf.open(io.BytesIO(content)) as document:
        assert len(document.pages) == batch.pages >= total


def test_a_worker_killed_in_the_middle_leaves_it_to_the_next(batch: Batch) -> None:
    assert queue._lease(batch)
    assert queue.render_waiting() == 0  # in that worker's hands

    with clock.at(clock.now() + queue.LEASE + timedelta(seconds=1)):
        assert queue.render_waiting() == 1
    batch.refresh_from_db()
    assert (batch.status, batch.attempts) == ("rendered", 2)


def test_the_lease_begins_anew_with_every_document(batch: Batch, monkeypatch: Any) -> None:
    seen = []

    def slow(_title: str, parts: list[Any], one_more: Any) -> tuple[bytes, int]:
        for count, _part in enumerate(parts, start=1):
            with clock.at(start + count * queue.LEASE / 2):
                one_more(count)
            seen.append(Batch.objects.get(pk=batch.pk).not_before)
        return b"%PDF", 1

    start = clock.now()
    monkeypatch.setattr(queue.press, "print_together", slow)

    assert queue.render_waiting() == 1
    assert seen == [start + count * queue.LEASE / 2 + queue.LEASE for count in range(1, len(seen) + 1)]


# --- the pages ----------------------------------------------------------------------------------------


def test_a_clerk_ticks_documents_watches_and_takes_the_file(issued: Any, chain: Any, browser: Any) -> None:
    clerk = browser(chain.clerk)
    page = clerk.get(reverse("registry:new_batch")).content.decode()
    assert [paper.title in page for paper in issued] == [True] * len(issued)

    chosen = [issued[2], issued[0]]
    answer = clerk.post(
        reverse("registry:new_batch"), {"title": "三月批复", "paper": [str(paper.pk) for paper in chosen]}
    )
    batch = Batch.objects.get()
    assert (answer.status_code, answer["Location"]) == (302, reverse("registry:batch", args=[batch.pk]))
    assert [part.document for part in batch.parts.all()] == [issued[0], issued[2]]  # in the order of their issue

    page = clerk.get(answer["Location"]).content.decode()
    assert ("正在汇总页面" in page, "已生成 2 / 2 份" in page, "hx-get" in page) == (True, True, True)
    assert clerk.get(reverse("registry:batch_file", args=[batch.pk])).status_code == 404

    assert queue.render_waiting() == 1
    page = clerk.get(answer["Location"]).content.decode()
    assert ("已就绪" in page, 'hx-trigger="every' in page, "下载打印文件" in page) == (True, False, True)

    file = clerk.get(reverse("registry:batch_file", args=[batch.pk]))
    batch.refresh_from_db()
    assert (file["Content-Type"], file.content) == ("application/pdf", store.get(batch.digest))
    assert "%E4%B8%89%E6%9C%88%E6%89%B9%E5%A4%8D.pdf" in file["Content-Disposition"]
    lines = Entry.objects.filter(subject=f"documents.batch/{batch.pk}").order_by("seq")
    assert [(line.actor_name, line.action) for line in lines] == [
        ("冯静怡", "put_together"),
        ("冯静怡", "take_print_file"),
    ]
    assert lines[0].changes["documents"][1] == [
        paper.number or str(paper) for paper in batch.documents.order_by("issued_at", "pk")
    ]


def test_the_filter_narrows_and_all_that_answer_are_taken_with_one_press(issued: Any, chain: Any, browser: Any) -> None:
    clerk, circular = browser(chain.clerk), next(paper for paper in issued if paper.number)
    asked = {"kind": circular.kind, "series": circular.series_id, "year": circular.year, "unit": chain.region.pk}
    today = clock.today()

    page = clerk.get(reverse("registry:new_batch"), {**asked, "since": today, "until": today}).content.decode()
    assert ("1 份文件" in page, circular.number in page) == (True, True)
    for nothing in ({"unit": chain.other_region.pk}, {"until": today - timedelta(days=1)}, {"year": 1999}):
        assert "没有符合条件的文件" in clerk.get(reverse("registry:new_batch"), {**asked, **nothing}).content.decode()

    address = f"{reverse('registry:new_batch')}?kind={circular.kind}"
    assert clerk.post(address, {"title": "全部批复", "all": "1"}).status_code == 302
    assert list(Batch.objects.get().documents.all()) == [circular]


def test_what_is_wrong_is_said_and_nothing_ticked_is_lost(issued: Any, chain: Any, browser: Any) -> None:
    from documents.models import Voiding

    clerk, address, ticked = browser(chain.clerk), reverse("registry:new_batch"), str(issued[1].pk)

    def refused(query: str = "", **sent: Any) -> str:
        answer = clerk.post(address + query, sent)
        assert answer.status_code == 422
        return answer.content.decode()

    unnamed = refused(title="", paper=[ticked])
    assert ("请填写打印文件名称。" in unnamed, f'value="{ticked}" id="p{ticked}" checked' in unnamed) == (True, True)
    named = refused(title="三月")
    assert ("请至少勾选一份文件" in named, 'value="三月"' in named) == (True, True)
    assert "请至少勾选一份文件" in refused(title="三月", paper=["no key", "'; drop table"])
    backwards = refused(show="1", since="2026-03-02", until="2026-03-01", title="三月", paper=[ticked])
    assert "结束早于开始" in backwards
    said = ['value="三月"', 'value="2026-03-02"', 'value="2026-03-01"', f'value="{ticked}" id="p{ticked}" checked']
    assert [words for words in said if words not in backwards] == []

    Voiding.objects.create(document=issued[1], reason="误发", by=chain.clerk)
    gone = refused(title="三月", paper=[ticked, str(issued[0].pk)])
    assert ("已不在此列表中" in gone, issued[1].title in gone) == (True, False)
    assert Batch.objects.count() == 0


def test_another_filter_loses_neither_ticks_nor_name(issued: Any, chain: Any, browser: Any) -> None:
    clerk, address = browser(chain.clerk), reverse("registry:new_batch")
    circular = next(paper for paper in issued if paper.number)
    first, second = (paper for paper in issued if paper != circular)
    asked = {"kind": circular.kind, "title": "三月批复", "paper": [str(first.pk), str(circular.pk)]}

    narrowed = clerk.post(address, {**asked, "show": "1"})
    page = narrowed.content.decode()

    def picked(name: str, answer: Any = narrowed) -> list[tuple[Any, bool]]:
        return [(row.paper, row.ticked) for row in answer.context[name]]

    assert (narrowed.status_code, picked("rows"), picked("kept")) == (200, [(circular, True)], [(first, True)])
    said = ['value="三月批复"', "已勾选： <b data-count>2</b>", f'action="{address}?kind={circular.kind}"']
    assert [words for words in said if words not in page] == []

    cleared = clerk.post(address, {**asked, "clear": "1"})
    everything = [(paper, paper != second) for paper in issued[::-1]]
    assert (picked("rows", cleared), picked("kept", cleared)) == (everything, [])

    # "all" is what the list shows, not what stands in the filter and was not asked for yet
    typed = {"title": "全部", "all": "1", "kind": first.kind}
    assert clerk.post(f"{address}?kind={circular.kind}", typed).status_code == 302
    assert list(Batch.objects.get().documents.all()) == [circular]

    assert clerk.post(f"{address}?kind={circular.kind}", asked).status_code == 302
    assert set(Batch.objects.get(title="三月批复").documents.all()) == {first, circular}


def test_more_than_a_print_file_takes_is_refused_with_every_tick_kept(
    issued: Any, chain: Any, browser: Any, monkeypatch: Any
) -> None:
    monkeypatch.setattr("workflows.registry.views.batches.MOST_DOCUMENTS", 2)
    ticked = {"title": "三月", "paper": [str(paper.pk) for paper in issued]}

    answer = browser(chain.clerk).post(reverse("registry:new_batch"), ticked)

    assert "一个打印文件最多收入 2 份文件，请减少份数。" in answer.content.decode()
    assert (answer.status_code, [row.ticked for row in answer.context["rows"]]) == (422, [True] * 3)


def test_nobody_else_puts_together_or_takes(batch: Batch, chain: Any, browser: Any) -> None:
    queue.render_waiting()
    pages = [reverse(name) for name in CLERKS_PAGES] + [
        reverse(name, args=[batch.pk]) for name in ("registry:batch", "registry:batch_file")
    ]
    answers = {
        who: [browser(getattr(chain, who)).get(page).status_code for page in pages]
        for who in ("clerk", "auditor", "planner", "president", "administrator", "nobody")
    }

    assert answers == {
        "clerk": [200, 200, 200, 200],
        "auditor": [200, 403, 200, 403],
        **dict.fromkeys(("planner", "president", "administrator", "nobody"), [403] * 4),
    }
    assert browser(chain.auditor).post(pages[1], {"title": "x", "all": "1"}).status_code == 403
    assert Batch.objects.count() == 1


def test_a_clerk_of_one_region_neither_picks_nor_takes_what_another_may_not_see(
    batch: Batch, issued: Any, chain: Any, browser: Any
) -> None:
    from workflows.organisation.roles import Role

    queue.render_waiting()
    southern = browser(chain.appoint(Role.CLERK, chain.other_region, "南文书"))

    page = southern.get(reverse("registry:new_batch")).content.decode()
    answer = southern.post(reverse("registry:new_batch"), {"title": "别处的", "paper": [str(issued[0].pk)]})
    inside = southern.get(reverse("registry:batch", args=[batch.pk])).content.decode()

    assert ([paper.title in page for paper in issued], answer.status_code) == ([False] * len(issued), 422)
    assert ("下载打印文件" in inside, [paper.title in inside for paper in issued]) == (False, [False] * len(issued))
    refused = southern.get(reverse("registry:batch_file", args=[batch.pk]))
    assert (refused.status_code, "此打印文件含有您无权查阅的文件。" in refused.content.decode()) == (403, True)


def test_a_damaged_print_file_is_not_handed_out(batch: Batch, chain: Any, browser: Any) -> None:
    queue.render_waiting()
    batch.refresh_from_db()
    store.path_of(batch.digest).write_bytes(b"%PDF forged")

    answer = browser(chain.clerk).get(reverse("registry:batch_file", args=[batch.pk]))

    assert (answer.status_code, b"forged" in answer.content) == (500, False)


def test_a_print_file_that_failed_is_among_the_failures_and_made_again(
    batch: Batch, issued: Any, chain: Any, browser: Any
) -> None:
    reason = Unprintable("A print file takes at most %(most)s pages; please put fewer documents into it.", most=2000)
    Batch.objects.update(status="failed", attempts=1, last_error=reason.store())
    Rendition.objects.filter(pk=issued[0].pk).update(status="failed", last_error="磁盘已满")
    administrator = browser(chain.administrator)

    page = administrator.get(reverse("registry:failed")).content.decode()
    assert ["一个打印文件最多 2000 页" in page, "磁盘已满" in page, batch.title in page] == [True, True, False]
    assert (
        "一个打印文件最多 2000 页"
        in browser(chain.clerk).get(reverse("registry:batch", args=[batch.pk])).content.decode()
    )

    assert administrator.post(reverse("registry:retry", args=[batch.pk])).status_code == 302
    assert (Batch.objects.get().status, queue.failed_count()) == ("queued", 1)
    Batch.objects.update(status="failed")
    page = administrator.post(reverse("registry:retry_all"), follow=True).content.decode()
    assert ("将重新生成 2 份文件" in page, queue.failed_count()) == (True, 0)
    lines = Entry.objects.filter(subject=f"documents.batch/{batch.pk}", action="reissue")
    assert [line.actor_name for line in lines] == ["贺小川", "贺小川"]
    for who in ("clerk", "auditor", "nobody"):
        assert browser(getattr(chain, who)).post(reverse("registry:retry_all")).status_code == 403


@pytest.mark.parametrize("count", [1, 3])
def test_the_list_costs_the_same_for_one_and_three(
    issued: Any, chain: Any, browser: Any, django_assert_max_num_queries: Any, count: int
) -> None:
    for number in range(count):
        put_together(f"第{number}批", issued, Capacity(chain.clerk, chain.clerk.posts.get()))
    clerk = browser(chain.clerk)

    with django_assert_max_num_queries(9):
        assert clerk.get(reverse("registry:batches")).content.decode().count('<li class="card">') == count


def test_however_many_the_memory_stays_flat(circular: Any) -> None:
    own, held = Press(), []
    part = (circular.kind, circular.language, circular.facts)

    def one_more(_count: int) -> None:
        assert own._child
        pages = int(Path(f"/proc/{own._child.pid}/statm").read_text().split()[1])
        held.append(pages * 4096)

    try:
        own.print_together("六十份", [part] * 60, one_more)
    finally:
        own.close()

    assert held[-1] - held[9] < 12 << 20  # the fifty after the tenth
