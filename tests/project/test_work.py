"""The worker: does what is due, outlives what fails, ends when told."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings as office
from django.core.management import call_command
from django.db import connection

from documents.models import Rendition
from workflows.campaigns.models import Campaign, State
from workflows.desk.inbox import inbox
from workflows.organisation import clock
from workflows.organisation.calendar import start_of
from workflows.organisation.models import DayCorrection, Post, StandIn
from workflows.organisation.standing import Standing
from workflows.steps.models import StepTask
from workflows.steps.upkeep import settle_if_changed

ROOT = Path(__file__).parents[2]


def on_desk(person) -> list[str]:
    return [task.matter.title for task in inbox(Standing(person))]


def test_one_round_starts_what_begins_today_and_prints_its_papers(campaign, walk):
    walk(campaign, to=State.APPROVED)

    with clock.at(start_of(campaign.starts_on)):
        call_command("work", "--once")

    assert Campaign.objects.get().state == State.RUNNING
    assert set(Rendition.objects.values_list("status", flat=True)) == {"rendered"}


def test_a_round_with_nothing_to_do_writes_nothing(campaign, walk, django_assert_max_num_queries):
    walk(campaign, to=State.REGION_REVIEW)
    call_command("work", "--once")

    with django_assert_max_num_queries(25) as queries:  # six of them look after families, plans and letters
        call_command("work", "--once")

    assert [query["sql"] for query in queries if query["sql"].startswith(("INSERT", "UPDATE", "DELETE"))] == []


class TestDesksFollowTheOrganisation:
    def test_when_a_manager_is_replaced(self, campaign, chain, walk):
        walk(campaign, to=State.REGION_REVIEW)
        settle_if_changed()

        Post.objects.filter(person=chain.region_manager).update(ends_on=clock.today() - timedelta(days=1))
        settled = settle_if_changed()

        # nobody holds the post any more: the policy's fallback decides
        assert settled == 1
        assert (on_desk(chain.region_manager), on_desk(chain.planning_reviewer)) == ([], [campaign.title])

    def test_when_nothing_changed_no_desk_is_looked_at(self, campaign, walk, django_assert_num_queries):
        walk(campaign, to=State.REGION_REVIEW)
        settle_if_changed()

        with django_assert_num_queries(5):
            assert settle_if_changed() == 0

    def test_when_the_day_has_passed(self, campaign, chain, walk):
        walk(campaign, to=State.REGION_REVIEW)
        Post.objects.filter(person=chain.region_manager).update(ends_on=clock.today())
        assert settle_if_changed() == 0

        with clock.at(clock.now() + timedelta(days=1)):
            assert settle_if_changed() == 1

    def test_when_a_stand_in_is_appointed_the_look_costs_nothing_more(self, campaign, chain, walk):
        walk(campaign, to=State.REGION_REVIEW)
        settle_if_changed()

        StandIn.objects.create(
            principal=chain.region_manager, deputy=chain.nobody, ends_on=clock.today() + timedelta(days=3)
        )

        assert settle_if_changed() == 0  # looked at, and nothing to lay anew: a stand-in borrows the desk
        assert on_desk(chain.nobody) == [campaign.title]


def worker(tmp_path: Path) -> subprocess.Popen[str]:
    """The worker as a process of its own, on the test's database."""
    database = connection.settings_dict
    url = (
        f"sqlite:///{database['NAME']}"
        if connection.vendor == "sqlite"
        else "postgres://{USER}:{PASSWORD}@{HOST}:{PORT}/{NAME}".format(**database)
    )
    return subprocess.Popen(
        [sys.executable, "manage.py", "work"],
        cwd=ROOT,
        env={**os.environ, "DATABASE_URL": url, "VAR_DIR": str(tmp_path), "FONTS_ROOT": str(office.FONTS_ROOT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def until(condition, seconds: float = 30) -> bool:
    limit = time.monotonic() + seconds
    while not (reached := condition()) and time.monotonic() < limit:
        time.sleep(0.1)
    return reached


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_ends_within_a_second_of_being_told(number, campaign, tmp_path):
    DayCorrection.objects.create(day=clock.today(), is_working=True)  # nobody is reminded on a rest day
    StepTask.objects.update(remind_at=clock.now() - timedelta(hours=1))
    process = worker(tmp_path)
    # it is at work; what a check of the system warns of is said before
    assert until(lambda: process.stdout.readline().startswith("moved by the clock") or process.poll() is not None)

    told = time.monotonic()
    process.send_signal(number)
    code = process.wait(timeout=10)

    assert (code, time.monotonic() - told < 5) == (0, True)  # a second, on a machine that does nothing else


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
def test_it_outlives_a_restart_of_the_database(campaign, walk, tmp_path):
    process = worker(tmp_path)
    try:
        walk(campaign, to=State.STORE_REVIEW)
        assert until(lambda: Rendition.objects.filter(status="rendered").count() == 1)

        with connection.cursor() as cursor:  # what a restart does to whoever is connected
            cursor.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
        walk(campaign, to=State.APPROVED)

        assert until(lambda: not Rendition.objects.exclude(status="rendered").exists())
        assert process.poll() is None
    finally:
        process.terminate()
        process.wait(timeout=10)


@pytest.mark.django_db(transaction=True)
def test_what_fails_is_said_once_and_keeps_nothing_else_from_being_done(campaign, walk, caplog, settings, tmp_path):
    walk(campaign, to=State.APPROVED)
    (tmp_path / "in the way").write_text("a file where a folder should be")
    settings.DOCUMENTS_ROOT = tmp_path / "in the way"

    with clock.at(start_of(campaign.starts_on)):
        call_command("work", "--once")  # two rounds: one that finds something to do, one that does not

    said = [record.message for record in caplog.records if record.name.endswith(".work")]
    assert said == ["documents printed: failed, and will be tried again"]
    assert Campaign.objects.get().state == State.RUNNING
