"""What no page can read is answered with one page, in words; what is too long, before it is read; no room, with 503."""

from __future__ import annotations

import io
import resource
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from asgiref.sync import async_to_sync
from asgiref.testing import ApplicationCommunicator
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from workflows.door import stops
from workflows.matters.models import Attachment

CHINESE = {"HTTP_ACCEPT_LANGUAGE": "zh-CN"}
ENGLISH = {"HTTP_ACCEPT_LANGUAGE": "en"}
MIB = 1024 * 1024


def browser(person: Any = None, **asks: str) -> Client:
    client = Client(raise_request_exception=False, **asks)
    if person:
        client.force_login(person)
    return client


# --- what cannot be read ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "address",
    ["/m/a%00b/", "/desk/?q=a%00b", "/desk/?a%00b=1", "/trail/?text=%00", "/register/?q=%00", "/check/?code=%00", "/check/%00/"],
)  # fmt: skip
def test_a_nul_in_an_address_is_answered_in_words(chain, address):
    for person in (chain.auditor, None):
        answer = browser(person, **CHINESE).get(address)

        assert (answer.status_code, "发来的内容无法读取" in answer.content.decode()) == (400, True)


def test_so_is_one_in_a_field_or_a_cookie(chain, campaign):
    client = browser(chain.planner)
    answers = [
        client.post(reverse("desk:comment", args=[campaign.reference]), {"text": "一\x00二"}),
        client.post(reverse("desk:take", args=[campaign.reference]), {"seat": "\x00"}),
        browser().post(reverse("door:enter"), {"username": "\x00", "password": "x"}),
    ]
    client.cookies[settings.SESSION_COOKIE_NAME] = "\x00" * 32
    answers.append(client.get("/desk/"))

    assert [answer.status_code for answer in answers] == [400] * 4
    assert not campaign.comments.exists()


@pytest.mark.parametrize(
    ("asks", "words"), [(CHINESE, "发来的内容无法读取"), (ENGLISH, "What was sent here cannot be read")]
)
def test_a_wrong_host_a_broken_form_and_too_many_fields_are_one_page(db, asks, words):
    client = browser(**asks)
    form = {"content_type": "multipart/form-data; boundary="}
    answers = [
        client.get("/check/", HTTP_HOST="elsewhere.example"),
        client.generic("POST", reverse("door:enter"), b"--x", **form),
        client.post(reverse("door:enter"), {f"f{n}": "" for n in range(4001)}),
        client.post(reverse("door:enter"), {f"f{n}": io.BytesIO(b"x") for n in range(101)}),
    ]

    assert [(answer.status_code, words in answer.content.decode()) for answer in answers] == [(400, True)] * 4


def test_for_htmx_it_is_the_part_that_is_shown_in_place(chain):
    answer = browser(chain.planner).get("/desk/?q=%00", HTTP_HX_REQUEST="true")

    assert (answer.status_code, "<html" in answer.content.decode()) == (400, False)


@pytest.mark.parametrize("key", ["²", "１２", "9" * 5000, "-1", "x", "9" * 18])
def test_what_is_no_key_is_nothing(chain, open_campaign, walk, key):
    campaign = walk(open_campaign(), to="region_review")
    turn = {"turn": campaign.turn, "seat": ""}
    manager, auditor, administrator = map(browser, (chain.region_manager, chain.auditor, chain.administrator))

    assert auditor.get("/trail/", {"before": key}).status_code == 200
    passed_on = manager.post(
        reverse("desk:transfer", args=[campaign.reference]), {**turn, "person": key, "note": "出差"}
    )
    assert passed_on.status_code == 422
    for page in (f"organisation/unit/{key}/history/", f"organisation/person/{key}/leave/", f"organisation/appointment/{key}/change/"):  # fmt: skip
        assert administrator.get(f"/admin/{page}").status_code == 404


@pytest.mark.parametrize("key", ["24:00", "²", "9" * 30])
def test_a_row_that_no_list_has_shown_cannot_be_ticked(chain, key):
    ticked = {"action": "leaves", "_selected_action": key}

    assert browser(chain.administrator).post("/admin/organisation/person/", ticked).status_code == 400


@pytest.mark.parametrize("page", ["/trail/", "/trail.csv"])
@pytest.mark.parametrize("day", ["0001-01-01", "9999-12-31", "1999-12-31", "2100-01-01"])
def test_the_first_and_the_last_day_there_is_are_refused_beside_the_field(chain, page, day):
    for name in ("since", "until"):
        answer = browser(chain.auditor).get(page, {name: day})

        assert (answer.status_code, "年份须在" in answer.content.decode()) == (422, True)


# --- what is too long -----------------------------------------------------------------------------------------


class Untouched(io.RawIOBase):
    """A body that nobody may look into."""

    def read(self, *_: Any) -> bytes:
        raise AssertionError("The body was read.")


def sent(client: Client, length: int | None, **more: str) -> Any:
    about = {"CONTENT_LENGTH": str(length)} if length is not None else {}
    kind = {"CONTENT_TYPE": "multipart/form-data; boundary=x"}
    return client.request(
        REQUEST_METHOD="POST", PATH_INFO=reverse("door:enter"), **kind, **{"wsgi.input": Untouched()}, **about, **more
    )


@pytest.mark.parametrize("length", [300 * MIB, stops.MOST_BODY + 1, stops.MOST_OF_A_STRANGER + 1])
def test_a_stranger_s_long_body_is_refused_by_its_length(db, length):
    answer = sent(browser(**ENGLISH), length)

    words = "One form with its files" if length > stops.MOST_BODY else "Please enter first"
    assert (answer.status_code, words in answer.content.decode()) == (413, True)


def test_whoever_is_inside_may_send_more_but_not_everything(chain, campaign):
    client = browser(chain.planner)
    file = SimpleUploadedFile("说明.txt", b"a" * (stops.MOST_OF_A_STRANGER + 1))

    assert client.post(reverse("desk:attach", args=[campaign.reference]), {"file": file}).status_code == 302
    assert sent(client, stops.MOST_BODY + 1).status_code == 413


def test_a_body_that_does_not_say_how_long_it_is_is_not_read(db):
    answer = sent(browser(**ENGLISH), None, HTTP_TRANSFER_ENCODING="chunked")

    assert (answer.status_code, "how long it is" in answer.content.decode()) == (411, True)


@pytest.mark.parametrize(
    ("header", "status"), [((b"content-length", b"300000000"), 413), ((b"transfer-encoding", b"chunked"), 411)]
)
def test_nor_by_an_asgi_server(header, status):
    from project.asgi import MOST_BODY, application

    async def asked() -> int:
        scope = {"type": "http", "method": "POST", "path": "/", "query_string": b"", "headers": [header]}
        server = ApplicationCommunicator(application, scope)
        started: dict[str, Any] = await server.receive_output(5)
        return started["status"]

    assert (async_to_sync(asked)(), MOST_BODY) == (status, stops.MOST_BODY)


# --- no room ------------------------------------------------------------------------------------------------


@contextmanager
def no_file_beyond(size: int) -> Iterator[None]:
    """The system itself refuses to write more into any file, as it does on a full disk."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


@pytest.mark.parametrize("memory", [0, 32 * MIB], ids=["while it arrives", "where it is kept"])
def test_a_full_disk_is_said_in_words_and_nothing_is_half_kept(chain, campaign, settings, tmp_path, memory):
    settings.FILE_UPLOAD_MAX_MEMORY_SIZE, settings.MEDIA_ROOT = memory, tmp_path
    client, file = browser(chain.planner), SimpleUploadedFile("说明.txt", b"a" * 19 * MIB)
    before = campaign.trail.count()
    with no_file_beyond(16 * MIB):
        answer = client.post(reverse("desk:attach", args=[campaign.reference]), {"file": file})

    assert (answer.status_code, "存储空间不足" in answer.content.decode()) == (503, True)
    assert (Attachment.objects.count(), campaign.trail.count()) == (0, before)
    assert [path for path in Path(tmp_path).rglob("*") if path.is_file()] == []

    file.seek(0)
    assert client.post(reverse("desk:attach", args=[campaign.reference]), {"file": file}).status_code == 302
