"""The calendar becomes another one, and what is open is due on another day: by itself, once, with a line that says why."""

from datetime import date, datetime

import chinese_calendar
import pytest
from django.utils import timezone

from workflows.campaigns.models import State
from workflows.desk.paths import path_ahead
from workflows.matters.perform import perform
from workflows.organisation import calendar, clock
from workflows.organisation.models import CalendarReading, DayCorrection
from workflows.steps.models import StepTask
from workflows.steps.reckoning import moved_tasks
from workflows.steps.sweep import reckon_all, sweep

pytestmark = pytest.mark.django_db


def at(text):
    return timezone.make_aware(datetime.fromisoformat(text))


@pytest.fixture
def task(monday, campaign, walk):
    """At the region since Monday, ten o'clock; two working days: due on Wednesday, 11 March 2026."""
    reckon_all()
    walk(campaign, to=State.REGION_REVIEW)
    task = StepTask.objects.get(matter=campaign.pk, closed_at=None)
    assert (task.due_at, task.remind_at) == (at("2026-03-11 18:00"), at("2026-03-11 12:48"))
    return task


def lines(campaign):
    found = campaign.trail.filter(action="reckon").order_by("seq")
    return [(line.step, line.changes, [(rule["key"], rule["values"]) for rule in line.rules]) for line in found]


def rest(day, note="台风停工"):
    return DayCorrection.objects.create(day=date.fromisoformat(day), is_working=False, note=note)


def test_a_day_made_a_rest_day_moves_the_deadline_and_the_reminder(task, campaign):
    rest("2026-03-11")

    assert [sweep().get("reckoned"), sweep().get("reckoned")] == [1, None]

    task.refresh_from_db()
    assert (task.due_at, task.remind_at) == (at("2026-03-12 18:00"), at("2026-03-12 12:48"))
    moved = {
        "due_at": ["2026-03-11 18:00", "2026-03-12 18:00"],
        "remind_at": ["2026-03-11 12:48", "2026-03-12 12:48"],
    }
    assert lines(campaign) == [("region_review", moved, [("days_rest", {"days": "2026-03-11"})])]
    assert campaign.trail.last().actor.is_system


def test_taking_the_correction_back_moves_it_back(task, campaign):
    correction = rest("2026-03-11")
    sweep()
    correction.delete()
    sweep()

    task.refresh_from_db()
    assert (task.due_at, task.remind_at) == (at("2026-03-11 18:00"), at("2026-03-11 12:48"))
    assert [rules for _step, _changes, rules in lines(campaign)][-1] == [("days_work", {"days": "2026-03-11"})]


def test_a_saturday_worked_brings_it_nearer(monday, chain, campaign, walk):
    walk(campaign, to=State.STORE_REVIEW)
    reckon_all()
    with clock.at(at("2026-03-13 10:00")):
        perform(campaign.vouch, by=chain.store_manager)
        DayCorrection.objects.create(day=date(2026, 3, 14), is_working=True, note="补班")
        reckon_all()

    task = StepTask.objects.get(matter=campaign.pk, closed_at=None)
    assert task.due_at == at("2026-03-16 18:00")  # it was Tuesday, the 17th
    assert lines(campaign)[-1][2] == [("days_work", {"days": "2026-03-14"})]


def test_a_decision_before_the_worker_came_is_judged_by_the_calendar_as_it_stands(task, campaign, chain):
    rest("2026-03-11")

    with clock.at(at("2026-03-12 10:00")):
        entry = perform(campaign.endorse, by=chain.region_manager)
        sweep()

    assert entry.late is False
    assert [changes["due_at"] for _step, changes, _rules in lines(campaign)] == [
        ["2026-03-11 18:00", "2026-03-12 18:00"]
    ]


def test_nobody_is_reminded_or_pressed_by_the_calendar_of_yesterday(task, campaign):
    """The worker comes to the reminder and the escalation before it came to the deadline: it counts first."""
    from workflows.steps.sweep import escalate, remind

    rest("2026-03-11")
    with clock.at(at("2026-03-12 10:00")):
        assert (remind(), escalate()) == (0, 0)


def test_what_was_sent_and_escalated_stays(task, campaign):
    with clock.at(at("2026-03-11 13:00")):
        assert sweep()["reminded"] == 1
    with clock.at(at("2026-03-12 10:00")):
        assert sweep()["escalated"] == 1
        rest("2026-03-11")
        sweep()
        assert sweep() == {"moved": 0, "reminded": 0, "escalated": 0}

    task.refresh_from_db()
    assert (task.due_at, task.remind_at) == (at("2026-03-12 18:00"), at("2026-03-11 12:48"))
    assert [row.ground for row in task.candidates.order_by("pk")] == ["office", "escalation"]
    ((_step, changes, rules),) = lines(campaign)
    assert changes == {"due_at": ["2026-03-11 18:00", "2026-03-12 18:00"]}
    assert [key for key, _values in rules] == ["days_rest", "reminder_stays", "escalation_stays"]


def test_nobody_is_made_late_by_a_correction(task, campaign):
    correction = rest("2026-03-10")
    sweep()
    with clock.at(at("2026-03-12 10:00")):
        correction.delete()  # by the plain count it was due yesterday
        sweep()

    task.refresh_from_db()
    assert (task.due_at, task.escalated_at) == (at("2026-03-12 18:00"), None)


def test_what_does_not_change_has_no_line(task, campaign):
    rest("2026-05-20")

    assert sweep() == {"moved": 0, "reminded": 0, "escalated": 0}
    task.refresh_from_db()
    assert (task.calendar, lines(campaign)) == (calendar.WorkingCalendar.load().fingerprint, [])


def test_how_many_would_move_is_said_before(task, open_campaign):
    corrected = calendar.WorkingCalendar({date(2026, 3, 11): False})

    assert moved_tasks(corrected) == 1
    assert moved_tasks(calendar.WorkingCalendar({})) == 0


def test_what_was_counted_before_there_were_fingerprints_is_put_right_too(task, campaign):
    """An open task of an earlier release, due on New Year's Day: the law makes it a rest day."""
    StepTask.objects.filter(pk=task.pk).update(
        calendar="", opened_at=at("2026-12-30 10:00"), due_at=at("2027-01-01 18:00"), remind_at=at("2027-01-01 12:48")
    )
    with clock.at(at("2026-12-30 11:00")):
        sweep()

    task.refresh_from_db()
    assert task.due_at == at("2027-01-04 18:00")
    assert [rules for _step, _changes, rules in lines(campaign)] == [[("calendar_changed", {})]]


@pytest.fixture
def learnt(monkeypatch):
    """`learnt("2027-01-01", …)`: a release of the package that knows 2027 and these days off."""

    def learn(*days):
        for day in days:
            monkeypatch.setitem(chinese_calendar.constants.holidays, date.fromisoformat(day), "元旦")
        calendar.forget()

    yield learn
    monkeypatch.undo()
    calendar.forget()


def test_a_package_that_learns_a_year_moves_what_is_due_in_it(chain, open_campaign, walk, learnt):
    with clock.at(at("2026-12-30 10:00")):
        campaign = walk(open_campaign(), to=State.REGION_REVIEW)
        reckon_all()
        task = StepTask.objects.get(matter=campaign.pk, closed_at=None)
        assert task.due_at == at("2027-01-04 18:00")

        learnt("2027-01-01", "2027-01-04")
        assert [reckon_all(), reckon_all()] == [1, 0]

    task.refresh_from_db()
    assert task.due_at == at("2027-01-05 18:00")
    assert lines(campaign)[-1][2] == [("days_rest", {"days": "2027-01-04"})]
    assert CalendarReading.objects.filter(known_to=2027).exists()


def test_an_old_process_beside_a_new_one_counts_nothing_anew(task, campaign):
    """While a release is rolled out both run: the one that knows less leaves alone what the other has counted."""
    CalendarReading.objects.create(fingerprint="newer", known_to=2099, odd_days={})
    rest("2026-03-11")

    assert sweep() == {"moved": 0, "reminded": 0, "escalated": 0}
    assert lines(campaign) == []


def test_the_path_that_was_kept_does_not_outlive_the_calendar(task, campaign):
    before = path_ahead(campaign).steps[0].due_at
    rest("2026-03-11")
    sweep()
    campaign = type(campaign).objects.get(pk=campaign.pk)
    StepTask.objects.filter(pk=task.pk).update(due_at=at("2026-03-12 18:00"))

    assert (before, path_ahead(campaign).steps[0].due_at) == (at("2026-03-11 18:00"), at("2026-03-12 18:00"))


def test_the_path_that_was_kept_is_another_also_before_the_worker_came(monday, campaign):
    """The trail is the same, nobody has written a line: the days ahead are counted by the calendar of now."""
    before = [step.due_at for step in path_ahead(campaign).steps]
    rest("2026-03-11")

    assert [step.due_at for step in path_ahead(campaign).steps][1:3] != before[1:3]
