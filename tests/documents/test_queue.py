"""What waits is printed once, whatever happens on the way; what cannot be printed says why."""

from __future__ import annotations

import hashlib
import os
import random
import re
import signal
import threading
import time
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.utils import translation

from documents.faces.fonts import font_set
from documents.models import IssuedDocument, Rendition, new_code
from documents.press import process as press_module
from documents.proof import sign
from documents.proof.verify import signature_of
from documents.registry import queue, store
from documents.trouble import PressFailed, TooHeavy, Trouble, Unprintable
from tests.examples import few_or
from workflows.organisation import clock
from workflows.organisation.offices import Capacity


@pytest.fixture
def waiting(circular: Any) -> Rendition:
    """The rendition of one circular; the other papers of the campaign are out of the way."""
    Rendition.objects.exclude(document=circular).update(status=Rendition.Status.RENDERED)
    return circular.rendition


@pytest.fixture
def jammed(monkeypatch: Any) -> None:
    """A press that cannot start: its interpreter is not there."""
    monkeypatch.setattr(press_module.sys, "executable", "/nowhere/python")
    press_module.press.close()


def later(rendition: Rendition) -> Any:
    rendition.refresh_from_db()
    return clock.at(rendition.not_before + timedelta(seconds=1))


def test_a_waiting_document_is_printed_signed_and_stored(waiting: Rendition, printed: Any) -> None:
    assert queue.render_waiting() == 1

    waiting.refresh_from_db()
    content, unsigned = store.get(waiting.digest), printed(waiting.document)
    assert (waiting.status, waiting.attempts, waiting.last_error) == ("rendered", 1, "")
    assert (waiting.digest, waiting.size) == (hashlib.sha256(content).hexdigest(), len(content))
    assert (waiting.unsigned_digest, waiting.unsigned_size) == (hashlib.sha256(unsigned).hexdigest(), len(unsigned))
    assert content.startswith(unsigned)
    assert re.fullmatch(
        rf"faces {font_set()}, WeasyPrint 70\.0, pydyf 0\.13\.0, Pango [\d.]+, HarfBuzz [\d.]+, deflate 0\.9\.0",
        waiting.made_with,
    )
    signature = signature_of(content)
    assert signature
    assert (signature.holds, signature.signer) == (True, waiting.signer)
    assert waiting.pages >= 2
    assert queue.render_waiting() == 0


def stored() -> set[str]:
    return {file.stem for file in Path(settings.DOCUMENTS_ROOT).glob("??/*.pdf")}


def test_of_two_workers_the_first_one_signs_and_the_other_leaves_nothing(waiting: Rendition) -> None:
    before = stored()
    one, other = (Rendition.objects.get(pk=waiting.pk) for _ in range(2))  # both hold the lease, they think

    assert (queue._make(one), queue._make(other)) == (1, 0)

    waiting.refresh_from_db()
    assert stored() - before == {waiting.digest}


def test_a_worker_overtaken_between_storing_and_saying_so_takes_its_file_out_again(
    waiting: Rendition, printed: Any
) -> None:
    before, pdf = stored(), printed(waiting.document)
    slow, signed = Rendition.objects.get(pk=waiting.pk), sign.sign(pdf, "zh-hans")
    digest = queue._announce(slow, signed.content)
    fast = Rendition.objects.get(pk=waiting.pk)
    overtaken = queue._announce(fast, sign.sign(pdf, "zh-hans").content)
    store.put(signed.content)

    assert queue._say_ready(slow, digest, size=len(signed.content), pages=4) == 0
    assert stored() - before == set()

    assert queue._make(Rendition.objects.get(pk=waiting.pk)) == 1
    waiting.refresh_from_db()
    assert (stored() - before, waiting.digest in (digest, overtaken)) == ({waiting.digest}, False)


def test_what_a_worker_stored_before_it_was_killed_is_taken_out_by_the_next(waiting: Rendition, printed: Any) -> None:
    before, pdf = stored(), printed(waiting.document)
    killed = Rendition.objects.get(pk=waiting.pk)
    queue._lease(killed)
    signed = sign.sign(pdf, "zh-hans")
    queue._announce(killed, signed.content)
    left = store.put(signed.content)

    with later(waiting):
        assert queue.render_waiting() == 1

    waiting.refresh_from_db()
    assert (stored() - before, left == waiting.digest) == ({waiting.digest}, False)


def test_a_file_that_a_row_points_to_is_never_taken_out(waiting: Rendition) -> None:
    queue.render_waiting()
    waiting.refresh_from_db()

    queue._take_out(waiting.digest)

    assert store.get(waiting.digest)


def test_papers_wait_for_a_key_that_cannot_be_opened(waiting: Rendition, settings: Any, tmp_path: Any) -> None:
    settings.SIGNING_KEY = str(tmp_path / "not_there_yet.p12")

    assert queue.render_waiting() == 0
    waiting.refresh_from_db()
    assert (waiting.status, waiting.attempts, waiting.signer) == ("queued", 1, "")
    with translation.override("en"):
        assert "not_there_yet.p12 cannot be read" in waiting.reason

    settings.SIGNING_KEY = ""
    with later(waiting):
        assert queue.render_waiting() == 1


def test_a_leased_document_is_left_to_its_worker(waiting: Rendition) -> None:
    assert queue._lease(waiting)

    assert not queue._lease(waiting)  # whoever read the same row a moment ago
    assert queue.render_waiting() == 0

    with later(waiting):  # that worker was killed: the lease has run out
        assert queue.render_waiting() == 1


def test_a_jammed_press_is_tried_five_times_and_then_given_up(waiting: Rendition, jammed: None) -> None:
    waits = []
    for _ in range(queue.TRIES):
        with later(waiting):
            started = clock.now()
            assert queue.render_waiting() == 0
        waiting.refresh_from_db()
        waits.append(waiting.not_before - started)

    assert waits[:4] == queue.WAITS
    assert (waiting.status, waiting.attempts, queue.failed_count()) == ("failed", 5, 1)
    assert "排印进程无法启动：" in waiting.reason
    assert "/nowhere/python" in waiting.reason


@pytest.mark.parametrize(("error", "tries"), [(Unprintable, 1), (TooHeavy, 2), (PressFailed, 5)])
def test_each_trouble_is_given_the_tries_it_is_worth(
    waiting: Rendition, monkeypatch: Any, error: type[Trouble], tries: int
) -> None:
    def refuse(*_: Any) -> None:
        raise error("The document would have %(count)s pages.", count=61)

    monkeypatch.setattr(queue.press, "print", refuse)
    for attempt in range(1, tries + 1):
        with later(waiting):
            assert queue.render_waiting() == 0
        waiting.refresh_from_db()
        assert (waiting.status, waiting.attempts) == ("failed" if attempt == tries else "queued", attempt)

    assert waiting.reason == "文件将达 61 页，超过上限。"


def test_one_that_cannot_be_made_does_not_hold_up_the_one_behind_it(waiting: Rendition, open_campaign: Any) -> None:
    poisoned = IssuedDocument.objects.exclude(pk=waiting.pk).filter(matter=waiting.document.matter).first().rendition
    past = clock.now() - timedelta(hours=1)
    Rendition.objects.filter(pk=poisoned.pk).update(status="queued", not_before=past)
    monkey = queue.press.print

    def choosy(kind: str, language: str, facts: dict[str, Any]) -> tuple[bytes, int]:
        if kind == poisoned.document.kind:
            raise Unprintable("The page is nested too deeply to be laid out.")
        return monkey(kind, language, facts)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(queue.press, "print", choosy)
        assert queue.render_waiting() == 1

    poisoned.refresh_from_db()
    waiting.refresh_from_db()
    assert (poisoned.status, poisoned.reason) == ("failed", "页面嵌套过深，无法排版。")
    assert waiting.status == "rendered"


def test_how_the_queue_stands(waiting: Rendition) -> None:
    now = clock.now()
    Rendition.objects.filter(pk=waiting.pk).update(not_before=now - timedelta(minutes=7))
    resting, broken = Rendition.objects.exclude(pk=waiting.pk)[:2]
    Rendition.objects.filter(pk=resting.pk).update(status="queued", not_before=now + timedelta(minutes=1))
    Rendition.objects.filter(pk=broken.pk).update(status="failed")

    with clock.at(now):
        state = queue.state()
        assert (state.waiting, state.working, state.failed, state.oldest_minutes) == (1, 1, 1, 7)


def test_what_no_try_can_help_fails_at_once_with_the_reason(open_campaign: Any, walk: Any) -> None:
    campaign = walk(open_campaign(), to="approved")
    for sound in list(campaign.documents.all()):  # as an earlier release issued them, which did not look at their words
        Rendition.objects.filter(pk=sound.pk).delete()
        said = {**sound.facts, "declared": {**sound.facts["declared"], "venue": "一层中庭🎪"}}
        if sound.kind == "campaign.declaration":
            odd = IssuedDocument(
                matter=sound.matter, kind=sound.kind, title=sound.title, language=sound.language, facts=said,
                code=new_code(), issued_by=sound.issued_by, issued_at=sound.issued_at,
            )  # fmt: skip
            odd.save(force_insert=True)
            Rendition.objects.create(document=odd)

    queue.render_waiting()

    failed = Rendition.objects.filter(document__matter=campaign.pk, status="failed")
    assert {row.attempts for row in failed} == {1}
    assert {row.reason for row in failed} == {"以下字符没有可用字形：🎪 (U+1F3AA)"}
    with translation.override("en"):  # each administrator in their language
        assert {row.reason for row in failed} == {"No font can print: 🎪 (U+1F3AA)"}
    assert campaign.state == "approved"  # the paper's trouble is none of the matter's


def test_a_worker_killed_at_every_try_leaves_a_failure_not_a_loop(waiting: Rendition) -> None:
    for _ in range(queue.TRIES):
        with later(waiting):
            assert queue._lease(Rendition.objects.get(pk=waiting.pk))

    with later(waiting):
        assert queue.render_waiting() == 0

    waiting.refresh_from_db()
    assert (waiting.status, waiting.reason) == ("failed", "每次生成该文件时处理进程都被中断。")


def test_a_failed_document_can_be_tried_again_once(waiting: Rendition, chain: Any) -> None:
    Rendition.objects.filter(pk=waiting.pk).update(status="failed", attempts=5, last_error="the disk was full")
    matter = waiting.document.matter
    administrator = Capacity(chain.administrator, chain.administrator.posts.get())

    assert queue.try_again(waiting, administrator)
    assert not queue.try_again(waiting, administrator)

    entry = matter.trail.last()
    assert (entry.action, entry.actor_name, entry.documents) == (
        "reissue",
        "贺小川",
        [{"id": str(waiting.pk), "kind": "campaign.circular", "number": waiting.document.number}],
    )
    assert (matter.trail.filter(action="reissue").count(), queue.render_waiting()) == (1, 1)


def test_a_store_that_cannot_be_written_is_waited_out(waiting: Rendition, settings: Any, tmp_path: Any) -> None:
    good, settings.DOCUMENTS_ROOT = settings.DOCUMENTS_ROOT, tmp_path
    for name in range(256):  # no folder of the store can be made
        (tmp_path / f"{name:02x}").write_text("in the way")

    assert queue.render_waiting() == 0
    waiting.refresh_from_db()
    assert (waiting.status, waiting.attempts, waiting.signer) == ("queued", 1, "")
    assert waiting.last_error

    settings.DOCUMENTS_ROOT = good
    with later(waiting):
        assert queue.render_waiting() == 1


def test_issued_documents_refuse_to_change(circular: Any) -> None:
    from django.db import DatabaseError, transaction

    for change in (
        lambda: IssuedDocument.objects.filter(pk=circular.pk).update(title="something else"),
        lambda: IssuedDocument.objects.filter(pk=circular.pk)._raw_delete("default"),
    ):
        with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
            change()


@pytest.mark.django_db
def test_what_a_clock_that_ran_a_day_ahead_put_in_the_queue_is_seen_and_printed(waiting: Rendition) -> None:
    tomorrow = clock.now() + timedelta(days=1)
    Rendition.objects.filter(pk=waiting.pk).update(not_before=tomorrow)

    state = queue.state()
    assert (state.waiting, state.working, state.oldest_minutes) == (1, 0, 0)
    assert queue.render_waiting() == 1


@pytest.mark.django_db
@pytest.mark.parametrize("rests", [queue.LEASE, *queue.WAITS])
def test_what_rests_between_two_tries_goes_on_resting(waiting: Rendition, rests: timedelta) -> None:
    Rendition.objects.filter(pk=waiting.pk).update(not_before=clock.now() + rests)

    assert (queue.state().waiting, queue.state().working, queue.render_waiting()) == (0, 1, 0)


@pytest.mark.once
@pytest.mark.long
def test_a_press_that_is_killed_while_it_prints_costs_a_try_and_leaves_nothing(
    waiting: Rendition, printed: Any
) -> None:
    """The press alone: its worker goes on. First held still with the job in hand, then at any moment of it."""
    begun = time.monotonic()
    whole = printed(waiting.document)
    one, before, chance = min(time.monotonic() - begun, 0.3), stored(), random.Random(7)
    killed = 0
    for number in range(few_or(2, 100)):
        Rendition.objects.filter(pk=waiting.pk).update(
            status="queued", attempts=0, not_before=clock.now(), last_error=""
        )
        printed(waiting.document)  # the press is there, and warm
        pid = press_module.press._child.pid
        if number == 0:
            os.kill(pid, signal.SIGSTOP)
        killer = threading.Timer(0.05 if number == 0 else chance.uniform(0, one), os.kill, (pid, signal.SIGKILL))
        killer.start()
        made = queue.render_waiting(limit=1)
        killer.join()

        waiting.refresh_from_db()
        if made:
            assert store.get(waiting.digest).startswith(whole)
            continue
        killed += 1
        assert (waiting.status, waiting.attempts, waiting.reason != "") == ("queued", 1, True)
        assert stored() - before <= {waiting.digest}
        with later(waiting):
            assert queue.render_waiting(limit=1) == 1
        waiting.refresh_from_db()
        assert store.get(waiting.digest).startswith(whole)

    assert killed > 0
    assert stored() - before == {waiting.digest}
