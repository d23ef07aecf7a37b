"""The register accounts for every number, and a document is voided once, with a notice, by whoever may."""

from __future__ import annotations

import threading
from datetime import timedelta
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.db import DatabaseError, connection, transaction
from django.test import Client
from django.urls import reverse

from documents.models import Counter, IssuedDocument, Voiding
from documents.registry import register as kept
from documents.registry.register import books, print_register
from documents.registry.sealing import put_in_force
from documents.registry.voiding import MayNotVoid, void
from workflows.matters.errors import Refused
from workflows.matters.perform import perform
from workflows.organisation import clock
from workflows.organisation.models import Person, Post, StandIn
from workflows.organisation.offices import Capacity
from workflows.organisation.roles import Role
from workflows.trail.models import Entry

REASON = "附件预算有误，重新行文。"


@pytest.fixture
def browser() -> Any:
    """`browser(person)`: a client that has entered as them and reads English."""

    def opened(person: Any) -> Client:
        person.language = "en"
        person.save(update_fields=["language"])
        client = Client(headers={"accept-language": "en"})
        client.force_login(person)
        return client

    return opened


def clerk_of(chain: Any) -> Capacity:
    return Capacity(chain.clerk, chain.clerk.posts.get())


@pytest.fixture
def circulars(open_campaign: Any, walk: Any) -> Any:
    """`circulars(3)`: that many more circulars, in the order of their numbers."""

    def signed(count: int) -> list[Any]:
        for _ in range(count):
            walk(open_campaign(), to="approved")
        return list(IssuedDocument.objects.filter(kind="campaign.circular").order_by("serial"))

    return signed


def states() -> dict[int, str]:
    (book,) = books()
    return {line.serial: line.state for line in book.lines(range(1, book.last + 1))}


# --- the register -----------------------------------------------------------------------------------------


def test_every_number_has_its_line(circulars: Any, chain: Any, browser: Any) -> None:
    first, second, third = circulars(3)
    void(second, by=chain.clerk, reason=REASON)

    assert states() == {1: "standing", 2: "void", 3: "standing"}
    page = browser(chain.clerk).get(reverse("registry:register")).content.decode()
    said = [first.number, second.number, third.number, "杭州城西店", "顾维桢", "Void", "冯静怡", REASON, "Void notice"]
    assert [words for words in said if words not in page] == []
    assert page.index(third.number) < page.index(first.number)  # the newest on top
    assert "must never happen" not in page


def test_a_number_without_a_document_is_shouted(circulars: Any, chain: Any, browser: Any) -> None:
    circulars(2)
    Counter.objects.update(last=4)

    assert states() == {1: "standing", 2: "standing", 3: "gap", 4: "gap"}
    for who in (chain.clerk, chain.auditor):
        page = browser(who).get(reverse("registry:register")).content.decode()
        assert ("2 numbers have no document. This must never happen" in page, ": 3, 4" in page) == (True, True)
    gaps = browser(chain.clerk).get(reverse("registry:register"), {"show": "gap"}).content.decode()
    assert (gaps.count("register-gap"), "register-standing" in gaps) == (2, False)


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ({"q": "2"}, [2]),
        ({"q": "〕3号"}, [3]),
        ({"q": "数码生活节"}, [3, 2, 1]),
        ({"q": "无此事"}, []),
        ({"show": "void"}, [1]),
        ({"show": "void", "q": "数码生活节"}, [1]),
        ({"show": "void", "q": "2"}, []),
    ],
)
def test_numbers_are_found_by_number_title_and_state(
    asked: dict[str, str], found: list[int], circulars: Any, chain: Any, browser: Any
) -> None:
    first, *_others = circulars(3)
    void(first, by=chain.clerk, reason=REASON)

    rows = browser(chain.clerk).get(reverse("registry:register"), asked).context["rows"]

    assert [line.serial for line in rows] == found


def test_words_are_looked_for_within_the_tab_and_every_tab_counts_what_matches(
    circulars: Any, chain: Any, browser: Any
) -> None:
    first, _second = circulars(2)
    void(first, by=chain.clerk, reason=REASON)
    Counter.objects.update(last=3)
    (book,) = books()
    client = browser(chain.clerk)

    def tabs(**asked: str) -> list[tuple[str, int, bool]]:
        return [
            (tab.value, tab.count, tab.chosen)
            for tab in client.get(reverse("registry:register"), asked).context["tabs"]
        ]

    assert [tabs(show="void"), tabs(show="void", q="数码生活节"), tabs(show="gap", q="3"), tabs(q=first.number)] == [
        [("", 3, False), ("void", 1, True), ("gap", 1, False)],
        [("", 2, False), ("void", 1, True), ("gap", 0, False)],
        [("", 1, False), ("void", 0, False), ("gap", 1, True)],
        [("", 1, True), ("void", 1, False), ("gap", 0, False)],
    ]
    page = client.get(reverse("registry:register"), {"show": "void", "q": "活动 1"}).content.decode()
    assert '<input type="hidden" name="show" value="void">' in page
    assert f'?book={book.key}&amp;show=gap&amp;q=%E6%B4%BB%E5%8A%A8%201"' in page


def test_the_register_is_paged(circulars: Any, chain: Any, browser: Any, monkeypatch: Any) -> None:
    monkeypatch.setattr("workflows.registry.views.register.PAGE", 2)
    circulars(3)
    client = browser(chain.clerk)

    pages = [client.get(reverse("registry:register"), {"page": page}).context["rows"] for page in (1, 2, "x", 99)]

    assert [[line.serial for line in rows] for rows in pages] == [[3, 2], [1], [3, 2], [1]]


def test_without_numbers_the_register_says_so(chain: Any, browser: Any) -> None:
    assert "No number has been taken yet." in browser(chain.clerk).get(reverse("registry:register")).content.decode()


@pytest.mark.parametrize("count", [1, 4])
def test_the_page_costs_the_same_for_one_number_and_for_many(
    count: int, circulars: Any, chain: Any, browser: Any, django_assert_num_queries: Any
) -> None:
    for paper in circulars(count):
        void(paper, by=chain.clerk, reason=REASON)
    client = browser(chain.clerk)

    with django_assert_num_queries(13):
        assert len(client.get(reverse("registry:register")).context["rows"]) == count


def test_only_clerk_and_auditor_read_and_print_it(circulars: Any, chain: Any, browser: Any) -> None:
    circulars(1)
    (book,) = books()
    answers = {}
    for name, person in chain.people().items():
        client = browser(person)
        printed = client.post(reverse("registry:register_print"), {"book": book.key})
        answers[name] = (client.get(reverse("registry:register")).status_code, printed.status_code)

    allowed = {"clerk", "auditor"}
    assert {name: answer for name, answer in answers.items() if answer != (403, 403)} == dict.fromkeys(
        allowed, (200, 302)
    )
    assert {paper.issued_by for paper in IssuedDocument.objects.filter(kind="office.register")} == {
        chain.clerk,
        chain.auditor,
    }


def test_the_printed_register_says_what_the_page_said(
    circulars: Any, chain: Any, browser: Any, printed: Any, text_of: Any
) -> None:
    _first, second = circulars(2)
    void(second, by=chain.clerk, reason=REASON)
    Counter.objects.update(last=3)
    (book,) = books()

    browser(chain.auditor).post(reverse("registry:register_print"), {"book": book.key})
    extract = IssuedDocument.objects.get(kind="office.register")

    facts = extract.facts
    assert (facts["first"], facts["last"], facts["counts"]) == (
        1,
        3,
        {"standing": 1, "replaced": 0, "void": 1, "gap": 1},
    )
    assert (extract.number, extract.matter) == ("", None)
    assert [(line.actor_name, line.action) for line in Entry.objects.filter(action="print_register")] == [
        ("石坚", "print_register")
    ]
    text = "".join(text_of(printed(extract)).split())
    said = [str(book), "此号没有对应的公文", REASON, "顾维桢", "1号", "2号", "3号"]
    assert [words for words in said if "".join(words.split()) not in text] == []


def test_an_extract_is_in_the_offices_language_whoever_prints_it(circulars: Any, chain: Any, browser: Any) -> None:
    circulars(1)
    (book,) = books()

    browser(chain.auditor).post(reverse("registry:register_print"), {"book": book.key})

    extract = IssuedDocument.objects.get(kind="office.register")
    assert (extract.language, extract.title) == ("zh-hans", f"{book}发文登记簿（1—1号）")
    assert extract.facts["issuer"] == {"person": "石坚", "post": "审计室 · 审计", "principal": ""}


def test_a_long_register_is_printed_in_parts(circulars: Any, chain: Any, monkeypatch: Any) -> None:
    monkeypatch.setattr(kept, "PART", 2)
    circulars(3)
    (book,) = books()

    parts = print_register(book, capacity=clerk_of(chain))

    assert [(part.facts["first"], part.facts["last"]) for part in parts] == [(1, 2), (3, 3)]
    assert list(kept.extracts(book)) == parts[::-1]


# --- voiding ------------------------------------------------------------------------------------------------


def test_a_void_document_stays_and_a_notice_says_why(
    circulars: Any, chain: Any, browser: Any, printed: Any, text_of: Any
) -> None:
    seal = put_in_force(chain.group, "星桥数码", "", capacity=clerk_of(chain))
    (circular,) = circulars(1)
    before = (circular.matter.state, circular.facts)
    client = browser(chain.clerk)

    answer = client.post(reverse("registry:paper_void", args=[circular.pk]), {"reason": REASON, "sure": "1"})

    assert (answer.status_code, answer["Location"]) == (302, reverse("registry:paper", args=[circular.pk]))
    voiding = Voiding.objects.get(document=circular)
    notice = voiding.notice
    assert (voiding.reason, voiding.by, voiding.post, voiding.on_behalf_of) == (
        REASON,
        chain.clerk,
        chain.clerk.posts.get(),
        None,
    )
    assert (notice.kind, notice.matter, notice.language, notice.seal) == (
        "office.void",
        circular.matter,
        circular.language,
        seal,
    )
    circular.refresh_from_db()
    circular.matter.refresh_from_db()
    assert (circular.matter.state, circular.facts) == before
    told = [(line.actor_name, line.action, line.note) for line in circular.matter.trail.order_by("seq")][-2:]
    assert told == [("冯静怡", "void", REASON), ("冯静怡", "use_seal", "")]
    text = "".join(text_of(printed(notice)).split())
    said = ["作废通知", circular.number, circular.title, REASON, "冯静怡", circular.matter.reference]
    assert [words for words in said if "".join(words.split()) not in text] == []


def test_before_it_is_void_one_reads_what_one_is_about_to_do(circulars: Any, chain: Any, browser: Any) -> None:
    """Without a script: the reason as a browser sends it, looked at again, changed, and then meant."""
    (circular,) = circulars(1)
    client, address = browser(chain.clerk), reverse("registry:paper_void", args=[circular.pk])
    typed = "  附件预算有误，\r\n重新行文。\r\n"

    asked = client.post(address, {"reason": typed}).content.decode()
    assert ("Void 星企发〔2026〕1号" in asked, "附件预算有误，<br>重新行文。" in asked) == (True, True)
    assert ('type="hidden" name="reason"' in asked, "<textarea" in asked, Voiding.objects.count()) == (True, False, 0)

    back = client.post(address, {"reason": typed, "change": "1"}).content.decode()
    kept = "附件预算有误，\n重新行文。" in back.replace("\r\n", "\n")
    assert ("<textarea" in back, kept, Voiding.objects.count()) == (True, True, 0)

    client.post(address, {"reason": typed, "sure": "1"})
    assert Voiding.objects.get().reason == "附件预算有误，\n重新行文。"


def test_a_reason_too_long_is_sent_back_whole(circulars: Any, chain: Any, browser: Any) -> None:
    (circular,) = circulars(1)
    client, long = browser(chain.clerk), "因" * 1001

    answer = client.post(reverse("registry:paper_void", args=[circular.pk]), {"reason": long, "sure": "1"})

    page = answer.content.decode()
    said = "At most 1000 characters, please; these are 1001."
    assert (answer.status_code, said in page, long in page, "maxlength" in page) == (422, True, True, False)
    assert not Voiding.objects.exists()


def test_a_paper_the_clock_made_is_signed_by_nobody(open_campaign: Any, walk: Any, chain: Any, browser: Any) -> None:
    campaign = walk(open_campaign(), to="approved")
    with clock.at(campaign.starts_at):
        perform(campaign.start, by=Person.objects.system())
    sheet = IssuedDocument.objects.get(matter=campaign.pk, kind="campaign.task")
    client, automatic = browser(chain.clerk), "Automatically by the office's system; nobody signed it"

    page = client.get(reverse("registry:paper", args=[sheet.pk])).content.decode()
    client.post(reverse("registry:paper_void", args=[sheet.pk]), {"reason": REASON, "sure": "1"})
    notice = Voiding.objects.get(document=sheet).notice

    assert (automatic in page, "Signed by" in page, "System clock" in page) == (True, False, False)
    assert (notice.facts["automatic"], notice.facts["signed_by"]["person"]) == (True, "系统时钟")


def test_whoever_sees_the_matter_sees_that_it_is_void(circulars: Any, chain: Any, browser: Any) -> None:
    (circular,) = circulars(1)
    void(circular, by=chain.clerk, reason=REASON)
    client = browser(chain.planner)

    tab = client.get(circular.matter.get_absolute_url(), {"tab": "documents"}).content.decode()
    page = client.get(reverse("registry:paper", args=[circular.pk])).content.decode()
    file = client.get(reverse("registry:document", args=[circular.pk]))

    assert ("Void</a>" in tab, REASON in tab, "关于作废" in tab) == (True, True, True)
    assert ("This document is void since" in page, REASON in page, "it is still “approved”" in page) == (
        True,
        True,
        True,
    )
    assert (file.status_code, reverse("registry:paper_void", args=[circular.pk]) in page) == (200, False)


def test_who_reads_the_register_finds_the_way_back_from_a_paper(circulars: Any, chain: Any, browser: Any) -> None:
    (circular,) = circulars(1)

    def tabs(person: Any) -> bool:
        page = browser(person).get(reverse("registry:paper", args=[circular.pk])).content.decode()
        return f'<a href="{reverse("registry:register")}" aria-current="page">Register</a>' in page

    assert [tabs(person) for person in (chain.clerk, chain.auditor, chain.planner)] == [True, True, False]


def test_a_replaced_document_says_so_and_is_not_voided(open_campaign: Any, walk: Any, chain: Any, browser: Any) -> None:
    campaign = walk(open_campaign(), to="region_review")
    perform(campaign.send_back, by=chain.region_manager, note="请补充。")
    perform(campaign.submit, by=chain.planner)
    first, second = IssuedDocument.objects.filter(matter=campaign.pk, kind="campaign.declaration")

    answer = browser(chain.clerk).post(reverse("registry:paper_void", args=[first.pk]), {"reason": REASON})

    assert (answer.status_code, "was issued in its place" in answer.content.decode()) == (422, True)
    page = browser(chain.planner).get(reverse("registry:paper", args=[first.pk])).content.decode()
    assert ("This document was replaced." in page, reverse("registry:paper", args=[second.pk]) in page) == (True, True)
    tab = browser(chain.planner).get(campaign.get_absolute_url(), {"tab": "documents"}).content.decode()
    assert (tab.count("Replaced</a>"), Voiding.objects.count()) == (1, 0)


def test_a_void_declaration_is_not_replaced_by_the_next_one(open_campaign: Any, walk: Any, chain: Any) -> None:
    campaign = walk(open_campaign(), to="region_review")
    void(IssuedDocument.objects.get(), by=chain.clerk, reason=REASON)
    perform(campaign.send_back, by=chain.region_manager, note="请重报。")
    perform(campaign.submit, by=chain.planner)

    assert IssuedDocument.objects.filter(kind="campaign.declaration").latest("issued_at").replaces is None


def test_it_is_voided_once_and_its_notice_never(circulars: Any, chain: Any, browser: Any) -> None:
    (circular,) = circulars(1)
    notice = void(circular, by=chain.clerk, reason=REASON).notice
    client = browser(chain.appoint(Role.CLERK, chain.office, "马一文"))

    again = client.post(reverse("registry:paper_void", args=[circular.pk]), {"reason": "又一次。"})
    of_the_notice = client.post(reverse("registry:paper_void", args=[notice.pk]), {"reason": "又一次。"})

    assert (again.status_code, of_the_notice.status_code) == (422, 422)
    assert "It is void already: voided by 冯静怡" in again.content.decode()
    assert "A void notice stays" in of_the_notice.content.decode()
    assert IssuedDocument.objects.filter(kind="office.void").count() == Voiding.objects.count() == 1


def test_no_reason_no_voiding(circulars: Any, chain: Any, browser: Any) -> None:
    (circular,) = circulars(1)

    answer = browser(chain.clerk).post(reverse("registry:paper_void", args=[circular.pk]), {"reason": "  "})

    assert (answer.status_code, "Please write the reason." in answer.content.decode()) == (422, True)
    with pytest.raises(Refused):
        void(circular, by=chain.clerk, reason=" ")
    assert not Voiding.objects.exists()


def test_nobody_but_a_clerk_voids(circulars: Any, chain: Any, browser: Any) -> None:
    (circular,) = circulars(1)
    address, answers = reverse("registry:paper_void", args=[circular.pk]), {}
    others = {name: person for name, person in chain.people().items() if name != "clerk"}
    for name, person in others.items():
        answers[name] = browser(person).post(address, {"reason": REASON}).status_code
        with pytest.raises(PermissionDenied):
            void(circular, by=person, reason=REASON)

    assert set(answers.values()) == {403, 404}
    assert {name for name, status in answers.items() if status == 404} >= {"neighbour_planner", "nobody"}
    assert not Voiding.objects.exists()


def test_a_clerk_does_not_void_what_they_signed_not_even_for_another_clerk(
    open_campaign: Any, walk: Any, chain: Any, browser: Any
) -> None:
    campaign = walk(open_campaign(), to="signature")
    today = clock.today()
    days = {"starts_on": today, "ends_on": today + timedelta(days=3)}
    StandIn.objects.create(principal=chain.vice_president, deputy=chain.clerk, **days)
    perform(campaign.sign, by=chain.clerk, note="同意。")
    circular = IssuedDocument.objects.get(kind="campaign.circular")
    second = chain.appoint(Role.CLERK, chain.office, "马一文")
    StandIn.objects.create(principal=second, deputy=chain.clerk, **days)

    with pytest.raises(MayNotVoid):
        void(circular, by=chain.clerk, reason=REASON)
    page = browser(chain.clerk).get(reverse("registry:paper", args=[circular.pk])).content.decode()
    assert ("Another clerk has to void it" in page, 'name="reason"' in page) == (True, False)

    assert void(circular, by=second, reason=REASON).by == second


def test_nor_a_document_about_a_matter_of_their_own(open_campaign: Any, walk: Any, chain: Any) -> None:
    Post.objects.create(person=chain.planner, role=Role.CLERK, unit=chain.office, starts_on="2020-01-01")
    walk(open_campaign(), to="approved")

    with pytest.raises(MayNotVoid):
        void(IssuedDocument.objects.get(kind="campaign.circular"), by=chain.planner, reason=REASON)


def test_a_stand_in_voids_for_the_clerk_and_everything_says_so(circulars: Any, chain: Any, browser: Any) -> None:
    (circular,) = circulars(1)
    today = clock.today()
    StandIn.objects.create(principal=chain.clerk, deputy=chain.resource_centre, starts_on=today, ends_on=today)

    answer = browser(chain.resource_centre).post(
        reverse("registry:paper_void", args=[circular.pk]), {"reason": REASON, "sure": "1"}
    )

    assert answer.status_code == 302
    voiding = Voiding.objects.get()
    line = circular.matter.trail.get(action="void")
    assert (voiding.by, voiding.on_behalf_of) == (chain.resource_centre, chain.clerk)
    assert (line.actor_name, line.on_behalf_of_name) == ("唐蕾", "冯静怡")
    assert voiding.notice.facts["issuer"] == {"person": "唐蕾", "post": "行政部 · 文书", "principal": "冯静怡"}
    page = browser(chain.auditor).get(reverse("registry:register")).content.decode()
    assert "for 冯静怡" in page


def test_the_offices_own_papers_are_voided_on_a_trail_of_their_own(circulars: Any, chain: Any, browser: Any) -> None:
    circulars(1)
    (book,) = books()
    (extract,) = print_register(book, capacity=Capacity(chain.auditor, chain.auditor.posts.get()))

    answer = browser(chain.clerk).post(
        reverse("registry:paper_void", args=[extract.pk]), {"reason": REASON, "sure": "1"}
    )

    assert answer.status_code == 302
    notice = Voiding.objects.get(document=extract).notice
    assert (notice.matter, notice.language) == (None, extract.language)
    told = Entry.objects.filter(matter=None, subject=f"documents.issueddocument/{extract.pk}").order_by("seq")
    assert [(line.action, line.note) for line in told] == [("print_register", ""), ("void", REASON)]
    assert browser(chain.auditor).get(reverse("registry:paper", args=[notice.pk])).status_code == 200
    assert browser(chain.planner).get(reverse("registry:paper", args=[notice.pk])).status_code == 404


def test_the_database_keeps_the_voiding(circulars: Any, chain: Any) -> None:
    (circular,) = circulars(1)
    voiding = void(circular, by=chain.clerk, reason=REASON)

    with pytest.raises(DatabaseError), transaction.atomic():
        Voiding.objects.filter(pk=voiding.pk).update(reason="")
    with pytest.raises(DatabaseError), transaction.atomic():
        voiding.delete()


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
def test_two_clerks_at_once_void_it_once(circulars: Any, chain: Any) -> None:
    second = chain.appoint(Role.CLERK, chain.office, "马一文")
    for number in range(1, 9):
        circular = circulars(1)[-1]
        barrier, results = threading.Barrier(2), []

        def run(person: Any, circular: Any = circular, barrier: Any = barrier, results: Any = results) -> None:
            barrier.wait()
            try:
                results.append(void(IssuedDocument.objects.get(pk=circular.pk), by=person, reason=REASON))
            except Refused as refusal:
                results.append(refusal)
            finally:
                connection.close()

        threads = [threading.Thread(target=run, args=(person,)) for person in (chain.clerk, second)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

        assert sorted(type(result).__name__ for result in results) == ["Refused", "Voiding"]
        assert IssuedDocument.objects.filter(kind="office.void").count() == Voiding.objects.count() == number
        assert circular.matter.trail.filter(action="void").count() == 1
