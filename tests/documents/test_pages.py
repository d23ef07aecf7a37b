"""The pages around a document: handing it out, checking it, looking after the ones that failed."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client
from django.urls import reverse
from django.utils import timezone, translation

from documents import queue, store
from documents.models import IssuedDocument, Rendition
from workflows.desk.views.papers import CHECKS_A_MINUTE


@pytest.fixture(autouse=True)
def _a_fresh_minute() -> None:
    cache.clear()


@pytest.fixture
def browser() -> Any:
    """`browser(person)`: a client that has entered as them; without one, a stranger's."""

    def opened(person: Any = None) -> Client:
        client = Client(headers={"accept-language": "zh-CN"})
        if person:
            client.force_login(person)
        return client

    return opened


@pytest.fixture
def file(circular: Any) -> Any:
    """The circular with its file, as the store keeps it; which bytes they are does not matter here."""
    Rendition.objects.filter(pk=circular.pk).update(
        status="rendered", digest=store.put(b"%PDF-1.7 the circular"), size=21, pages=4
    )
    return circular


def downloads(document: Any) -> list[tuple[str, Any]]:
    return list(document.matter.trail.filter(action="view_document").values_list("actor_name", "documents"))


@pytest.mark.parametrize("who", ["planner", "store_manager", "region_manager", "vice_president", "auditor"])
def test_whoever_sees_the_matter_gets_the_file_and_a_line_on_the_trail(
    file: Any, chain: Any, browser: Any, who: str
) -> None:
    person = getattr(chain, who)

    answer = browser(person).get(file.get_absolute_url())

    assert (answer.status_code, answer.content, answer["Content-Type"]) == (
        200,
        b"%PDF-1.7 the circular",
        "application/pdf",
    )
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert downloads(file) == [(person.name, [{"id": str(file.pk), "kind": file.kind, "number": file.number}])]


@pytest.mark.parametrize(
    "who", ["neighbour_planner", "neighbour_store_manager", "other_region_manager", "administrator", "nobody"]
)
def test_whoever_does_not_see_the_matter_does_not_learn_that_there_is_a_file(
    file: Any, chain: Any, browser: Any, who: str
) -> None:
    assert browser(getattr(chain, who)).get(file.get_absolute_url()).status_code == 404
    assert downloads(file) == []


def test_a_stranger_is_sent_to_the_door(file: Any, browser: Any) -> None:
    answer = browser().get(file.get_absolute_url())

    assert (answer.status_code, answer["Location"].startswith(reverse("desk:enter"))) == (302, True)


def test_the_file_is_named_by_number_and_title(open_campaign: Any, walk: Any, chain: Any, browser: Any) -> None:
    campaign = walk(open_campaign(title='夏/秋\\"节"\u202e\r\n:返场'), to="approved")
    circular = IssuedDocument.objects.get(matter=campaign.pk, kind="campaign.circular")
    Rendition.objects.filter(pk=circular.pk).update(status="rendered", digest=store.put(b"%PDF"))

    disposition = browser(chain.planner).get(circular.get_absolute_url())["Content-Disposition"]

    from urllib.parse import unquote

    kind, _, name = disposition.partition("; filename*=utf-8''")
    assert (kind, unquote(name)) == ("attachment", f"{circular.number} 关于同意举办“夏 秋 节 返场”活动的批复.pdf")


def test_a_file_that_is_not_what_was_issued_is_not_handed_out(file: Any, chain: Any, browser: Any) -> None:
    file.rendition.refresh_from_db()
    store.path_of(file.rendition.digest).write_bytes(b"%PDF forged")

    answer = browser(chain.planner).get(file.get_absolute_url())

    assert (answer.status_code, b"forged" in answer.content, downloads(file)) == (500, False, [])


def test_while_it_is_printed_a_page_waits_and_asks_again(circular: Any, chain: Any, browser: Any) -> None:
    client, address = browser(chain.planner), circular.get_absolute_url()

    page = client.get(address).content.decode()
    assert ("文件正在生成" in page, f'hx-get="{address}"' in page, downloads(circular)) == (True, True, [])

    Rendition.objects.filter(pk=circular.pk).update(status="rendered", digest=store.put(b"%PDF"))
    fragment = client.get(address, headers={"hx-request": "true"}).content.decode()
    assert ("文件已生成" in fragment, "hx-get" in fragment, downloads(circular)) == (True, False, [])


def test_a_genuine_paper_is_confirmed_by_its_code(file: Any, browser: Any) -> None:
    with translation.override("zh-hans"):
        address = reverse("desk:check_code", args=[file.code])
    page = browser().get(address).content.decode()

    file.rendition.refresh_from_db()
    said = [
        "属实，现行有效",
        file.number,
        file.title,
        str(timezone.localdate(file.issued_at)),
        "星桥数码",
        file.rendition.digest,
    ]
    assert [words for words in said if words not in page] == []
    # nothing of the matter: neither people nor money nor where to find it
    assert [words for words in ["林晓", "82,000", file.matter.reference, str(file.pk)] if words in page] == []


def test_the_form_takes_the_code_as_people_type_it(file: Any, browser: Any) -> None:
    typed = f" {file.code[:4].lower()}-{file.code[4:8]} {file.code[8:]} "

    assert "属实，现行有效" in browser().get(reverse("desk:check"), {"code": typed}).content.decode()


def test_number_and_date_confirm_without_telling_the_title(file: Any, browser: Any) -> None:
    issued_on = timezone.localdate(file.issued_at)
    right = browser().get(reverse("desk:check"), {"number": file.number, "issued_on": issued_on})
    wrong = browser().get(reverse("desk:check"), {"number": file.number, "issued_on": issued_on - timedelta(days=1)})

    assert ("属实，现行有效" in right.content.decode(), file.title in right.content.decode()) == (True, False)
    assert (wrong.status_code, "查无此件" in wrong.content.decode()) == (404, True)


def test_a_replaced_paper_says_so(open_campaign: Any, chain: Any, browser: Any) -> None:
    from workflows.matters.perform import perform

    campaign = open_campaign()
    perform(campaign.submit, by=chain.planner)
    perform(campaign.withdraw, by=chain.planner)
    perform(campaign.submit, by=chain.planner)
    first, second = IssuedDocument.objects.filter(matter=campaign.pk)

    old = browser().get(reverse("desk:check_code", args=[first.code])).content.decode()
    new = browser().get(reverse("desk:check_code", args=[second.code])).content.decode()

    assert ("已被新文件替代" in old, "属实，现行有效" in old, "属实，现行有效" in new) == (True, False, True)


@pytest.mark.parametrize("code", ["ZZZZZZZZZZZZ", "short", "<script>alert(1)", "000000000000", "Ж" * 12])
def test_an_unknown_code_is_unknown(chain: Any, browser: Any, code: str) -> None:
    answer = browser().get(reverse("desk:check_code", args=[code]))

    assert (answer.status_code, "查无此件" in answer.content.decode()) == (404, True)
    assert b"<script>alert" not in answer.content


def test_what_is_missing_is_said_beside_the_field_and_nothing_typed_is_lost(chain: Any, browser: Any) -> None:
    answer = browser().get(reverse("desk:check"), {"number": "星企发〔2026〕1号", "issued_on": ""})
    page = answer.content.decode()

    assert (answer.status_code, "请补充签发日期" in page, 'value="星企发〔2026〕1号"' in page) == (422, True, True)


def test_too_many_checks_from_one_address_have_to_wait(file: Any, browser: Any) -> None:
    address = reverse("desk:check_code", args=[file.code])
    client = browser()
    for _ in range(CHECKS_A_MINUTE):
        assert client.get(address).status_code == 200

    slowed = client.get(address)
    assert (slowed.status_code, slowed["Retry-After"], file.title in slowed.content.decode()) == (429, "60", False)
    assert client.get(address, REMOTE_ADDR="203.0.113.9").status_code == 200


def test_an_administrator_sees_what_failed_and_has_it_made_again(file: Any, chain: Any, browser: Any) -> None:
    Rendition.objects.filter(pk=file.pk).update(status="failed", attempts=5, last_error="磁盘已满")
    client = browser(chain.administrator)

    page = client.get(reverse("desk:failed")).content.decode()
    assert ("磁盘已满" in page, file.number in page, file.title in page) == (True, True, False)

    assert client.post(reverse("desk:retry", args=[file.pk])).status_code == 302
    assert client.post(reverse("desk:retry", args=[file.pk])).status_code == 302  # twice is once
    file.rendition.refresh_from_db()
    assert (file.rendition.status, queue.failed_count()) == ("queued", 0)
    assert [entry.actor_name for entry in file.matter.trail.filter(action="reissue")] == ["贺小川"]
    assert "没有失败的文件" in client.get(reverse("desk:failed")).content.decode()


@pytest.mark.parametrize("who", ["planner", "auditor", "president", "nobody"])
def test_nobody_else_sees_or_retries_what_failed(file: Any, chain: Any, browser: Any, who: str) -> None:
    Rendition.objects.filter(pk=file.pk).update(status="failed")
    client = browser(getattr(chain, who))

    assert client.get(reverse("desk:failed")).status_code == 403
    assert client.post(reverse("desk:retry", args=[file.pk])).status_code == 403
    assert queue.failed_count() == 1


def test_a_failed_document_tells_its_reader_that_it_is_in_force(file: Any, chain: Any, browser: Any) -> None:
    Rendition.objects.filter(pk=file.pk).update(status="failed", last_error="internal words")

    page = browser(chain.planner).get(file.get_absolute_url()).content.decode()

    assert ("公文已经签发并生效" in page, "internal words" in page) == (True, False)
