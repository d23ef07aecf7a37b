"""The pages around a document: handing it out, looking after the ones that failed."""

from __future__ import annotations

from typing import Any

import pytest
from django.urls import reverse

from documents.models import IssuedDocument, Rendition
from documents.registry import queue, store


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

    assert (answer.status_code, answer["Location"].startswith(reverse("door:enter"))) == (302, True)


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


def test_an_administrator_sees_what_failed_and_has_it_made_again(file: Any, chain: Any, browser: Any) -> None:
    Rendition.objects.filter(pk=file.pk).update(status="failed", attempts=5, last_error="磁盘已满")
    client = browser(chain.administrator)

    page = client.get(reverse("registry:failed")).content.decode()
    assert ("磁盘已满" in page, file.number in page, file.title in page) == (True, True, False)
    assert '<dt class="wide">原因</dt>' in page

    assert client.post(reverse("registry:retry", args=[file.pk])).status_code == 302
    assert client.post(reverse("registry:retry", args=[file.pk])).status_code == 302  # twice is once
    file.rendition.refresh_from_db()
    assert (file.rendition.status, queue.failed_count()) == ("queued", 0)
    assert [entry.actor_name for entry in file.matter.trail.filter(action="reissue")] == ["贺小川"]
    assert "没有失败的文件" in client.get(reverse("registry:failed")).content.decode()


@pytest.mark.parametrize("who", ["planner", "auditor", "president", "nobody"])
def test_nobody_else_sees_or_retries_what_failed(file: Any, chain: Any, browser: Any, who: str) -> None:
    Rendition.objects.filter(pk=file.pk).update(status="failed")
    client = browser(getattr(chain, who))

    assert client.get(reverse("registry:failed")).status_code == 403
    assert client.post(reverse("registry:retry", args=[file.pk])).status_code == 403
    assert queue.failed_count() == 1


def test_a_failed_document_tells_its_reader_that_it_is_in_force(file: Any, chain: Any, browser: Any) -> None:
    Rendition.objects.filter(pk=file.pk).update(status="failed", last_error="internal words")

    page = browser(chain.planner).get(file.get_absolute_url()).content.decode()

    assert ("公文已经签发并生效" in page, "internal words" in page) == (True, False)
