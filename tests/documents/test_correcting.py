"""A paper that could never be printed is issued again in other words, under its number, by a clerk."""

from __future__ import annotations

import threading
import uuid
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.urls import reverse

from documents import writing
from documents.models import Batch, BatchPart, IssuedDocument, Receipt, Rendition, new_code
from documents.registry import correcting, queue
from documents.registry.clerks import as_clerk
from documents.registry.register import books
from documents.registry.voiding import void
from workflows.campaigns.models import Paper, State
from workflows.matters.errors import Refused
from workflows.organisation.standing import Standing
from workflows.registry.views.check import _with_number

NO_FACE = "𮯰"  # U+2EBF0, extension I
SIGNER = f"田{NO_FACE}"


def as_an_earlier_release_issued(paper: IssuedDocument) -> IssuedDocument:
    """The next paper of the series, signed by somebody whose name no font draws: frozen, numbered, in force, failed."""
    last = paper.serial + 1
    number = paper.number.replace(f"{paper.serial}号", f"{last}号")
    facts = {**paper.facts, "number": number, "issuer": {**paper.facts["issuer"], "person": SIGNER}}
    failed = IssuedDocument(
        matter=paper.matter, kind=paper.kind, title=paper.title, language=paper.language, facts=facts, code=new_code(),
        series=paper.series, year=paper.year, serial=last, number=number, issued_by=paper.issued_by,
        issued_at=paper.issued_at + timedelta(minutes=1),
    )  # fmt: skip
    failed.save(force_insert=True)
    paper.series.counters.update(last=last)
    Rendition.objects.create(document=failed, status="failed", last_error="No font can print")
    for receipt in paper.receipts.all():
        Receipt.objects.create(
            document=failed, unit=receipt.unit, purpose=receipt.purpose, sent_at=receipt.sent_at, due_on=receipt.due_on
        )
    return failed


@pytest.fixture
def failed(chain: Any, open_campaign: Any, walk: Any) -> IssuedDocument:
    campaign = walk(open_campaign(120_000), to=State.APPROVED)
    return as_an_earlier_release_issued(IssuedDocument.objects.get(matter=campaign.pk, kind=Paper.CIRCULAR))


def test_a_clerk_issues_it_again_under_the_same_number(failed: IssuedDocument, chain: Any) -> None:
    batch = Batch.objects.create(title="本周", made_by=chain.clerk)
    BatchPart.objects.create(batch=batch, document=failed, place=1)
    sent = sorted(failed.receipts.values_list("unit", "purpose", "due_on"))
    assert sent

    new = correcting.issue_again(failed, {NO_FACE: "吉"}, by=chain.clerk)

    same = ("kind", "title", "language", "number", "series_id", "year", "serial", "issued_by_id", "matter_id")
    assert [getattr(new, name) for name in same] == [getattr(failed, name) for name in same]
    assert (new.replaces, new.corrects, new.code != failed.code) == (failed, failed, True)
    told = {name: value for name, value in new.facts.items() if value != failed.facts.get(name)}
    assert set(told) == {"issuer", "code", "check_url"}  # amounts, days and all the rest are what was signed
    assert told["issuer"] == {**failed.facts["issuer"], "person": "田吉"}
    assert (sorted(new.receipts.values_list("unit", "purpose", "due_on")), failed.receipts.count()) == (sent, 0)
    assert batch.parts.get().document == new
    assert (new.rendition.status, queue.failed_count()) == ("queued", 0)

    line = failed.matter.trail.get(action="correct")
    assert (line.actor, line.changes) == (chain.clerk, {"words": [[SIGNER], ["田吉"]]})
    assert [paper["id"] for paper in line.documents] == [str(new.pk), str(failed.pk)]


def test_the_register_tells_of_both(failed: IssuedDocument, chain: Any, browser: Any) -> None:
    new = correcting.issue_again(failed, {NO_FACE: "吉"}, by=chain.clerk)
    (book,) = books()

    line = book.lines([failed.serial])[0]
    assert (line.paper, line.unprinted, line.state, book.gaps, book.last) == (
        new,
        failed,
        "standing",
        [],
        failed.serial,
    )
    day = f"{failed.issued_at.astimezone():%Y-%m-%d}"
    assert line.printed()["in_place_of"].startswith(f"{failed.title} 20")
    assert line.printed()["on"] == failed.facts["issued_on"]
    assert len(book.matching("")[""]) == book.last

    page = browser(chain.clerk).get(reverse("registry:register")).content.decode()
    assert f"取代{day}“{failed.title}”（从未印制）" in page
    assert _with_number(failed.number, failed.issued_at.astimezone().date()) == new

    void(new, by=chain.clerk, reason="场地变更。")
    assert book.lines([failed.serial])[0].state == "void"


def test_once_is_enough(failed: IssuedDocument, chain: Any) -> None:
    correcting.issue_again(failed, {NO_FACE: "吉"}, by=chain.clerk)

    with pytest.raises(Refused, match="已印发"):
        correcting.issue_again(failed, {NO_FACE: "吉"}, by=chain.clerk)
    (capacity, *_more) = as_clerk(Standing(chain.clerk))
    assert queue.try_again(failed.rendition, capacity) is False


def test_a_paper_with_its_file_is_not_issued_again(failed: IssuedDocument, chain: Any) -> None:
    Rendition.objects.filter(pk=failed.pk).update(status="rendered")

    with pytest.raises(Refused, match="并无印制失败"):
        correcting.issue_again(IssuedDocument.objects.get(pk=failed.pk), {NO_FACE: "吉"}, by=chain.clerk)


def test_what_fails_for_another_reason_is_no_matter_of_words(failed: IssuedDocument, chain: Any) -> None:
    sound = IssuedDocument.objects.exclude(pk=failed.pk).filter(kind=Paper.CIRCULAR).get()
    Rendition.objects.filter(pk=sound.pk).update(status="failed")

    with pytest.raises(Refused, match="换字并无帮助"):
        correcting.issue_again(IssuedDocument.objects.get(pk=sound.pk), {}, by=chain.clerk)


def test_words_that_cannot_be_printed_either_change_nothing(failed: IssuedDocument, chain: Any) -> None:
    with pytest.raises(Refused, match="U\\+1F3AA"):
        correcting.issue_again(failed, {NO_FACE: "🎪"}, by=chain.clerk)

    assert (IssuedDocument.objects.filter(corrects=failed).exists(), failed.receipts.exists()) == (False, True)


def test_the_clerk_sees_both_side_by_side_before_it_is_issued(failed: IssuedDocument, chain: Any, browser: Any) -> None:
    client, address = browser(chain.clerk), reverse("registry:correct", args=[failed.pk])
    assert failed.title in client.get(reverse("registry:unprinted")).content.decode()
    assert address in client.get(failed.particulars).content.decode()

    assert f"{NO_FACE} (U+2EBF0) 改印为" in client.get(address).content.decode()
    refused = client.post(address, {"u2ebf0": "🎪", "sure": "1"})
    assert (refused.status_code, "U+1F3AA" in refused.content.decode()) == (422, True)

    asked = client.post(address, {"u2ebf0": "吉"}).content.decode()
    assert (f">{SIGNER}</td>" in asked, ">田吉</td>" in asked, 'name="sure"' in asked) == (True, True, True)
    assert not IssuedDocument.objects.filter(corrects=failed).exists()

    done = client.post(address, {"u2ebf0": "吉", "sure": "1"})
    new = IssuedDocument.objects.get(corrects=failed)
    assert done.headers["Location"] == new.particulars
    assert "从未印制" in client.get(new.particulars).content.decode()
    assert "已换字重新印发" in client.get(failed.particulars).content.decode()


def test_a_form_for_print_entered_since_is_used_by_itself(failed: IssuedDocument, chain: Any) -> None:
    chain.vice_president.name, chain.vice_president.print_name = SIGNER, "田吉（吉上为土）"
    chain.vice_president.save()

    assert correcting.asked(failed) == []
    assert correcting.corrections(failed, {}) == [correcting.Correction(SIGNER, "田吉（吉上为土）")]


@pytest.mark.parametrize("who", ["planner", "auditor", "administrator", "vice_president", "nobody"])
def test_nobody_else_issues_it_again(failed: IssuedDocument, chain: Any, browser: Any, who: str) -> None:
    client = browser(getattr(chain, who))
    answers = [
        client.get(reverse("registry:unprinted")).status_code,
        client.get(reverse("registry:correct", args=[failed.pk])).status_code,
        client.post(reverse("registry:correct", args=[failed.pk]), {"u2ebf0": "吉", "sure": "1"}).status_code,
    ]

    assert answers[0] == 403
    assert set(answers[1:]) <= {403, 404}
    with pytest.raises(correcting.MayNotCorrect):
        correcting.issue_again(failed, {NO_FACE: "吉"}, by=getattr(chain, who))


def test_whoever_signed_it_leaves_it_to_another_clerk(failed: IssuedDocument, chain: Any) -> None:
    chain.appoint("clerk", chain.office, "潘嘉禾")
    copy = IssuedDocument.objects.get(pk=failed.pk)
    copy.pk, copy.code, copy.serial, copy.issued_by = uuid.uuid4(), new_code(), failed.serial + 1, chain.clerk
    copy._state.adding = True
    copy.save(force_insert=True)
    Rendition.objects.create(document=copy, status="failed")

    with pytest.raises(correcting.MayNotCorrect):
        correcting.issue_again(copy, {NO_FACE: "吉"}, by=chain.clerk)


def test_a_notice_that_a_failed_paper_is_void_can_be_printed(failed: IssuedDocument, chain: Any) -> None:
    voiding = void(failed, by=chain.clerk, reason="误发。")

    assert voiding.notice
    assert voiding.notice.facts["signed_by"]["person"] == "田(U+2EBF0)"
    assert writing.strange(voiding.notice.facts) == []


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
def test_two_clerks_at_once_issue_one_paper(chain: Any, open_campaign: Any, walk: Any) -> None:
    second = chain.appoint("clerk", chain.office, "潘嘉禾")
    for _round in range(10):
        campaign = walk(open_campaign(120_000), to=State.APPROVED)
        circular = IssuedDocument.objects.filter(matter=campaign.pk, kind=Paper.CIRCULAR).get()
        failed = as_an_earlier_release_issued(circular)
        barrier, results = threading.Barrier(2), list[Any]()

        def again(by: Any, failed: Any = failed, barrier: Any = barrier, results: Any = results) -> None:
            barrier.wait()
            try:
                results.append(correcting.issue_again(failed, {NO_FACE: "吉"}, by=by))
            except Exception as error:
                results.append(error)
            finally:
                connection.close()

        threads = [threading.Thread(target=again, args=[by]) for by in (chain.clerk, second)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

        assert sorted(type(result).__name__ for result in results) == ["IssuedDocument", "Refused"], results
        assert IssuedDocument.objects.filter(corrects=failed).count() == 1
