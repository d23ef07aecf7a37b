"""The demonstration chain: the same for the same day, whole, and in keeping with its own rules."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, fields
from datetime import date, datetime, time
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import transaction
from django.test import override_settings
from django.utils import timezone

from documents.models import IssuedDocument, Seal, Voiding
from documents.registry.register import books
from tests.examples import few_or
from workflows.campaigns.declaration import Declaration
from workflows.campaigns.models import Campaign, State, Version
from workflows.demonstration.build import build
from workflows.desk.inbox import inbox
from workflows.joint.models import Joint
from workflows.joint.money import summed
from workflows.matters.models import Comment
from workflows.organisation import clock
from workflows.organisation.calendar import CLOSES, OPENS, WorkingCalendar
from workflows.organisation.models import Person, Unit
from workflows.organisation.standing import Standing
from workflows.policies.models import Edition
from workflows.steps.desks import deciders
from workflows.steps.models import StepTask
from workflows.trail.models import Entry

NOON = timezone.make_aware(datetime(2026, 11, 20, 12))
SIZE = 10  # one of each fate

pytestmark = pytest.mark.django_db


@dataclass
class Built:
    first: list[tuple[Any, ...]]
    guests: list[dict[str, str]]


def _lines() -> list[tuple[Any, ...]]:
    """All lines of the trail. Of a subject only what it is: its running number is the database's, and goes on counting."""
    columns = (
        "subject", "matter__reference", "seq", "at", "actor_name", "post_title", "on_behalf_of_name", "action",
        "step", "from_state", "to_state", "note", "changes", "rules", "late",
    )  # fmt: skip
    rows = Entry.objects.order_by("pk").values_list(*columns)
    return [(subject.partition("/")[0], *rest) for subject, *rest in rows]


def _live_through(folder: Path, part: float = 1) -> list[tuple[Any, ...]]:
    """The lines of the whole year, or of so much of it that `part` of its acts are done, which then goes back to nothing."""
    with override_settings(VAR_DIR=folder):
        for last in build(SIZE):
            if last.done > part * last.planned:
                return _lines()
    assert last.broken_off == 0
    return _lines()


@pytest.fixture(scope="module")
def built(django_db_setup: None, django_db_blocker: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Built]:
    """The chain of one Friday noon, begun once and then built; the second one stays until the module ends."""
    folder = tmp_path_factory.mktemp("demonstration")
    with django_db_blocker.unblock(), transaction.atomic(), clock.at(NOON):
        with transaction.atomic():
            first = _live_through(folder, few_or(1, 4) / 4)
            transaction.set_rollback(True)
        _live_through(folder)
        yield Built(first, json.loads((folder / "demonstration.json").read_text(encoding="utf-8")))
        transaction.set_rollback(True)


@pytest.mark.long
def test_the_same_day_gives_the_same_chain(built):
    """As far as the year was lived through before: a quarter of it, in the long run all."""
    assert _lines()[: len(built.first)] == built.first
    assert len(built.first) > 50


def test_every_state_is_there(built):
    """Of a joint campaign's part one is not: handed in, which lasts until the whole is signed."""
    assert set(Campaign.objects.values_list("state", flat=True)) == set(State.values) - {State.HANDED_IN}


def test_one_national_joint_campaign_in_november(built):
    """Five stores take part, one did not get its part done; the stores' reports are in, some not yet scored."""
    joint = Joint.objects.get()
    parts = {code: place.matter.state for code, place in joint.places().items()}

    assert (joint.starts_on, joint.ends_on, joint.absent) == (date(2026, 11, 6), date(2026, 11, 15), {"hefei": "late"})
    assert (joint.state, parts.pop("hefei")) == ("executing", "cancelled")
    assert set(parts) == {"hangzhou-west", "suzhou", "guangzhou-east", "shenzhen-bay", "chengdu-south"}
    assert set(parts.values()) == {"evaluation", "closed"}
    shares = summed(joint.parts.values())
    assert [payer for payer, share in shares.items() if share] == ["group", "store", "region", "alliance"]
    assert sum(shares.values()) == joint.amount
    papers = IssuedDocument.objects.filter(matter=joint.pk).order_by("issued_at").values_list("kind", flat=True)
    assert list(papers) == ["joint.invitation", "joint.circular"]


def test_every_open_task_has_somebody_who_decides(built):
    waiting = StepTask.objects.filter(closed_at=None, waits=False)

    assert waiting.count() > 20
    assert [task for task in waiting if not deciders(task)] == []


def test_what_was_submitted_had_no_fault_on_that_day(built):
    faults = {}
    for version in Version.objects.exclude(submitted_at=None).select_related("campaign__policy"):
        on = timezone.localdate(version.submitted_at)
        declared = Declaration.from_content(version.content)
        found = declared.errors(version.campaign.policy, on)
        if found:
            faults[version.campaign.reference] = found

    assert faults == {}


def test_a_draft_can_be_submitted_as_it_is(built):
    drafts = Campaign.objects.filter(state=State.DRAFT)

    assert drafts.count() > 3
    assert [draft.complaints(draft.declared) for draft in drafts] == [{}] * drafts.count()


def test_budgets_add_up(built):
    for version in Version.objects.select_related("campaign"):
        declared = Declaration.from_content(version.content)

        assert declared.budget_total == declared.lines_total + declared.reserve
        assert sum(declared.shares().values()) == declared.total
        assert 8_000 <= declared.total <= 450_000


def _words(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for inner in value.values():
            yield from _words(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _words(inner)


def test_nothing_reads_like_a_placeholder(built):
    said = [
        *Entry.objects.values_list("note", flat=True),
        *Comment.objects.values_list("text", flat=True),
        *(word for content in Version.objects.values_list("content", flat=True) for word in _words(content)),
    ]

    assert [
        word for word in said if re.search(r"todo|fixme|lorem|xxx|待补|示例|[{}%]\(|\{|\}", word, re.IGNORECASE)
    ] == []


def test_a_campaign_in_english_is_english_throughout(built):
    contents = Version.objects.filter(campaign__language="en").values_list("content", flat=True)
    notes = Entry.objects.filter(matter__language="en").values_list("note", flat=True)

    assert contents
    assert [word for word in [*_words(list(contents)), *notes] if re.search(r"[\u4e00-\u9fff]", word)] == []


def test_people_act_in_office_hours(built):
    calendar = WorkingCalendar.load()
    acts = Entry.objects.filter(actor__is_system=False, subject="").values_list("at", flat=True)

    def in_hours(at: datetime) -> bool:
        local = timezone.localtime(at)
        return calendar.is_working(local.date()) and OPENS <= local.time() <= CLOSES

    assert [at for at in acts if not in_hours(at)] == []
    assert max(acts) < timezone.make_aware(datetime.combine(date(2026, 11, 20), time.min))


def test_the_year_shows_what_an_office_meets(built):
    acts = set(Entry.objects.values_list("action", flat=True))
    late = Entry.objects.filter(late=True).count()

    assert {
        "remind",
        "escalate",
        "fall_back",
        "take",
        "transfer",
        "comment",
        "send_back",
        "object_to",
        "withdraw",
    } <= acts
    assert {"receive", "read", "acknowledge", "urge", "overdue"} <= acts
    assert {"change", "sign_change", "refuse_change", "ask_cancel", "grant_cancel", "refuse_cancel", "publish"} <= acts
    assert late > 5
    assert Entry.objects.exclude(on_behalf_of=None).exists()


def test_the_second_edition_changes_one_limit(built):
    first, second = Edition.objects.order_by("number")
    limits = [
        {limit.role: limit.up_to for limit in edition.limits.filter(workflow="campaign")} for edition in (first, second)
    ]

    assert {role for role in limits[0] if limits[0][role] != limits[1][role]} == {"vice_president"}
    assert Campaign.objects.filter(policy=second).exists()


def test_nine_people_one_may_become(built):
    people = Person.objects.filter(username__in=[row["username"] for row in built.guests])

    assert len(built.guests) == people.count() == 9
    assert not any(person.has_usable_password() for person in Person.objects.filter(is_system=False))
    waiting = {person.username: inbox(Standing(person)).count() for person in people.order_by("username")}
    assert [username for username, count in waiting.items() if not count] == [
        "bai.heng",
        "luo.zhixing",
        "wen.ruolin",
    ]


def test_every_field_of_a_declaration_is_used_somewhere(built):
    seen: set[str] = set()
    for content in Version.objects.values_list("content", flat=True):
        seen |= {name for name, value in content.items() if value}

    assert seen == {item.name for item in fields(Declaration)}


# --- the command --------------------------------------------------------------------------------------


def test_the_command_leaves_an_office_with_people_alone(built, settings):
    settings.DEMONSTRATION = True
    before, said = Campaign.objects.count(), StringIO()

    call_command("demo", stdout=said)

    assert Campaign.objects.count() == before
    assert "left as it is" in said.getvalue()


def test_the_command_refuses_outside_a_demonstration(built, settings):
    settings.DEMONSTRATION = False

    with pytest.raises(CommandError, match="DEMONSTRATION=1"):
        call_command("demo", stdout=StringIO())


def test_the_office_keeps_its_seals_and_has_voided_a_document(built):
    (voiding,) = Voiding.objects.select_related("document__matter", "notice__seal__unit", "by")

    assert (voiding.by.username, voiding.document.matter.state) == ("wen.ruolin", State.CANCELLED)
    assert voiding.notice.seal.unit.kind == Unit.Kind.GROUP
    answered = [
        set(paper.receipts.filter(acknowledged_at__isnull=False).values_list("unit__code", flat=True))
        for paper in (voiding.document, voiding.notice)
    ]
    assert answered[0] == answered[1] != set()
    assert not IssuedDocument.objects.filter(kind="campaign.circular", seal=None).exists()
    assert set(Seal.objects.values_list("unit__kind", flat=True)) == set(Unit.Kind.values) - {"department", "company"}
    (book,) = [book for book in books() if (book.series.code, book.year) == ("星企发", 2026)]
    assert ({line.state for line in book.lines(range(1, book.last + 1))}, book.gaps) == ({"standing", "void"}, [])
