"""What the process keeps of organisation and rules is never staler than the transaction that uses it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection, transaction

from tests.examples import few_or
from tests.faults.test_races import act_of, at_once
from workflows.campaigns.models import Campaign
from workflows.matters.perform import perform
from workflows.organisation import unchanged
from workflows.organisation.calendar import WorkingCalendar
from workflows.organisation.glance import one_look
from workflows.organisation.models import DayCorrection, Person, Post, Stamp, StandIn, Unit
from workflows.organisation.standing import Standing, holders
from workflows.policies.models import TABLES, Deadline, Edition

ROOT = Path(__file__).parents[2]
WATCHED = [Unit, Person, Post, StandIn, DayCorrection, Edition, *TABLES]


@pytest.fixture
def committing(transactional_db: None, chain: Any) -> Any:
    """The chain, in a database that commits: PostgreSQL changes the stamp at the commit, and not before."""
    return chain


def words(act: Any) -> tuple[bool, bool]:
    """Whether there was a stamp, and whether it is another after `act` was committed."""
    before = unchanged.word()
    act()
    return bool(before), unchanged.word() != before


def test_every_table_that_is_read_for_long_is_watched() -> None:
    assert set(unchanged._watched) == {model._meta.db_table for model in WATCHED}


class TestTheStampChanges:
    def test_however_a_row_is_written(self, committing: Any) -> None:
        post = Post.objects.get(person=committing.region_manager)
        ways = {
            "saved": post.save,
            "in bulk": lambda: Post.objects.filter(pk=post.pk).update(title="代理大区总"),
            "past Django": lambda: connection.cursor().execute(
                "UPDATE organisation_person SET name = 'x' WHERE is_active"
            ),
            "added": lambda: DayCorrection.objects.create(day="2027-02-08", is_working=False),
            "many at once": lambda: Deadline.objects.bulk_create(
                [Deadline(edition=Edition.objects.get(), workflow="campaign", step=f"s{n}", days=1) for n in (1, 2)]
            ),
            "deleted": lambda: DayCorrection.objects.all().delete(),
        }

        found = {way: words(act) for way, act in ways.items()}

        unchanged_by_saving_it_as_it_was = {"saved": (True, False)}
        assert found == dict.fromkeys(ways, (True, True)) | unchanged_by_saving_it_as_it_was

    def test_but_not_because_somebody_enters(self, committing: Any) -> None:
        person = committing.planner
        person.last_login = "2026-11-02T08:00:00Z"
        person.set_password("ein anderes Wort 7")

        assert words(person.save) == (True, False)

    def test_and_comes_back_with_what_it_stood_for(self, committing: Any) -> None:
        before = unchanged.word()

        def undone() -> None:
            with transaction.atomic():
                Post.objects.filter(person=committing.region_manager).delete()
                with one_look():
                    seen.append(holders("region_manager", [committing.region.pk]))
                transaction.set_rollback(True)

        seen: list[list[Person]] = []
        with one_look():
            seen.append(holders("region_manager", [committing.region.pk]))
        undone()
        with one_look():
            seen.append(holders("region_manager", [committing.region.pk]))

        manager = committing.region_manager
        assert (seen, unchanged.word()) == ([[manager], [], [manager]], before)


class TestWhatIsKept:
    def test_is_asked_once_for_all_looks(self, committing: Any, django_assert_num_queries: Any) -> None:
        def look() -> list[str]:
            with one_look():
                return [str(post) for post in Standing(committing.region_manager).posts]

        first = look()
        with django_assert_num_queries(1):  # the stamp
            again = look()

        assert first == again == ["华东大区 · 大区总"]

    def test_is_asked_anew_within_the_transaction_that_changes_it(self, committing: Any) -> None:
        manager = committing.region_manager
        with one_look():
            before = holders("region_manager", [committing.region.pk])
        with transaction.atomic():
            Post.objects.filter(person=manager).update(role="finance")
            with one_look():
                inside = holders("region_manager", [committing.region.pk])
        with one_look():
            after = holders("region_manager", [committing.region.pk])

        assert (before, inside, after) == ([manager], [], [])

    def test_and_within_the_look_that_changes_it(self, committing: Any) -> None:
        with one_look():
            before = WorkingCalendar.load().corrections
            DayCorrection.objects.create(day="2027-02-08", is_working=False)
            committing.store.save()  # whoever writes in bulk announces it; see `changes`
            after = WorkingCalendar.load().corrections

        assert (len(before), len(after)) == (0, 1)

    def test_is_nothing_where_there_is_no_stamp(self, committing: Any) -> None:
        Stamp.objects.all().delete()
        with one_look():
            holders("region_manager", [committing.region.pk])
        connection.cursor().execute("UPDATE organisation_post SET role = 'finance' WHERE role = 'region_manager'")
        Stamp.objects.all().delete()

        with one_look():
            assert holders("region_manager", [committing.region.pk]) == []


class TestTheTriggers:
    def test_one_that_was_altered_is_told_and_laid_again(self, committing: Any) -> None:
        with connection.cursor() as cursor:
            if connection.vendor == "sqlite":
                cursor.execute("DROP TRIGGER organisation_post_stamped_update")
            else:
                cursor.execute("ALTER TABLE organisation_post DISABLE TRIGGER organisation_post_stamped")

        told = [str(error.msg) for error in unchanged.check_triggers(["default"])]
        unchanged.install(connection)

        assert [message.split(" is ")[0] for message in told] == ["What notices a change of organisation_post"]
        assert unchanged.check_triggers(["default"]) == []

    def test_a_migration_changes_the_stamp(self, committing: Any) -> None:
        assert words(lambda: call_command("migrate", verbosity=0)) == (True, True)


# --- another process ------------------------------------------------------------------------------------------

GIVES_THE_POST = """
import sys
import django
django.setup()
from django.db import transaction
from workflows.organisation.models import Post
for line in sys.stdin:
    giver, receiver = map(int, line.split())
    with transaction.atomic():
        Post.objects.filter(person=giver, role="region_manager").update(person=receiver)
    print("given", flush=True)
"""


@pytest.fixture
def another_process(tmp_path: Path) -> Any:
    """`another_process(giver, receiver)`: begins to give the post away; call the answer to wait until it is given."""
    database = connection.settings_dict
    where = (
        f"sqlite:///{database['NAME']}"
        if connection.vendor == "sqlite"
        else f"postgres://{database['USER']}:{database['PASSWORD']}@{database['HOST']}:{database['PORT']}/{database['NAME']}"
    )
    with subprocess.Popen(
        [sys.executable, "-c", GIVES_THE_POST],
        cwd=ROOT,
        env={
            **os.environ,
            "DATABASE_URL": where,
            "VAR_DIR": str(tmp_path),
            "DJANGO_SETTINGS_MODULE": "project.settings",
        },
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdin
        assert process.stdout
        stdin, stdout = process.stdin, process.stdout

        def give(giver: Person, receiver: Person) -> Any:
            stdin.write(f"{giver.pk} {receiver.pk}\n")
            stdin.flush()
            return lambda: stdout.readline().strip()

        yield give
        stdin.close()


@pytest.mark.long
@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
def test_who_has_lost_the_post_decides_nothing_any_more(
    chain: Any, open_campaign: Any, walk: Any, another_process: Any
) -> None:
    """The post changes hands in another process while its holder decides: before that or not at all."""
    campaign = walk(open_campaign(), to="region_review")
    holder, other = chain.region_manager, chain.nobody
    for _ in range(few_or(12, 200)):
        given = another_process(holder, other)
        (result,) = at_once(act_of(campaign, "endorse", holder))
        assert given() == "given"
        assert type(result).__name__ in ("Entry", "NotYours"), result
        if not isinstance(result, Exception):
            (returned,) = at_once(
                act_of(campaign, "send_back", chain.planning_reviewer, note="再议", to="region_review")
            )
            assert not isinstance(returned, Exception), returned
        assert Campaign.objects.get().state == "region_review"
        too_late, in_time = at_once(act_of(campaign, "endorse", holder)), at_once(act_of(campaign, "endorse", other))
        assert [type(each).__name__ for each in too_late + in_time] == ["NotYours", "Entry"]
        perform(Campaign.objects.get().send_back, by=chain.planning_reviewer, note="再议", to="region_review")
        holder, other = other, holder
