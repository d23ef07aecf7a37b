"""The working calendar against tables written by hand, and properties that hold on every day."""

from datetime import date, datetime, time, timedelta

import holidays
import pytest
from django.utils import timezone
from hypothesis import given, settings
from hypothesis import strategies as st

from workflows.organisation.calendar import CLOSES, DAY, OPENS, WorkingCalendar, days_by_law, start_of
from workflows.organisation.models import DayCorrection

OFFICIAL = WorkingCalendar({})


def at(text):
    return timezone.make_aware(datetime.fromisoformat(text))


# The State Council's arrangement for 2026, first and last day off; and the weekend days worked for it.
HOLIDAYS_2026 = [
    ("2026-01-01", "2026-01-03"),
    ("2026-02-15", "2026-02-23"),
    ("2026-04-04", "2026-04-06"),
    ("2026-05-01", "2026-05-05"),
    ("2026-06-19", "2026-06-21"),
    ("2026-09-25", "2026-09-27"),
    ("2026-10-01", "2026-10-07"),
]
MADE_UP_2026 = ["2026-01-04", "2026-02-14", "2026-02-28", "2026-05-09", "2026-09-20", "2026-10-10"]


def test_the_whole_of_2026_is_as_announced():
    off = {
        date.fromisoformat(first) + DAY * n
        for first, last in HOLIDAYS_2026
        for n in range((date.fromisoformat(last) - date.fromisoformat(first)).days + 1)
    }
    made_up = {date.fromisoformat(day) for day in MADE_UP_2026}
    year = [date(2026, 1, 1) + DAY * n for n in range(365)]

    working = {day for day in year if OFFICIAL.is_working(day)}

    assert working == {day for day in year if day in made_up or (day.weekday() < 5 and day not in off)}


# The holidays fixed by law (decree 795 of 2024) in 2027; no schedule was announced when this was written.
# Spring Festival from New Year's Eve to the third day, two days in May, three in October; weekends are not made up.
BY_LAW_2027 = [
    "2027-01-01",
    "2027-02-05", "2027-02-06", "2027-02-07", "2027-02-08",
    "2027-04-05",
    "2027-05-01", "2027-05-02",
    "2027-06-09",
    "2027-09-15",
    "2027-10-01", "2027-10-02", "2027-10-03",
]  # fmt: skip
BY_LAW_2028 = [
    "2028-01-01",
    "2028-01-25", "2028-01-26", "2028-01-27", "2028-01-28",
    "2028-04-04",
    "2028-05-01", "2028-05-02",
    "2028-05-28",
    "2028-10-01", "2028-10-02", "2028-10-03",  # the Mid-Autumn Festival is the 3rd of October too
]  # fmt: skip


@pytest.mark.parametrize(("year", "by_law"), [(2027, BY_LAW_2027), (2028, BY_LAW_2028)])
def test_a_year_not_announced_yet_has_the_days_of_the_law_and_nothing_guessed(year, by_law):
    off = {date.fromisoformat(day) for day in by_law}
    days = [date(year, 1, 1) + DAY * n for n in range((date(year + 1, 1, 1) - date(year, 1, 1)).days)]

    assert days_by_law(year) == off
    assert [day for day in days if OFFICIAL.is_working(day)] == [
        day for day in days if day.weekday() < 5 and day not in off
    ]


def test_the_two_packages_agree_on_all_but_one_day():
    """2004 to 2026, day by day; `holidays` with its own schedules, as it is meant to be used.

    The one is Saturday, 31 December 2005, worked for the New Year's holiday of 2006: `holidays` keeps it
    under 2006 and does not find it in 2005.
    """
    theirs = holidays.country_holidays("CN", years=range(2004, 2027))
    days = [date(2004, 1, 1) + DAY * n for n in range(8401)]

    assert days[-1] == date(2026, 12, 31)
    assert [day for day in days if theirs.is_working_day(day) != OFFICIAL.is_working(day)] == [date(2005, 12, 31)]


def test_what_is_counted_through_a_year_not_announced_is_provisional():
    day = date.fromisoformat

    assert not OFFICIAL.is_provisional(day("2026-12-01"), day("2026-12-31"))
    assert OFFICIAL.is_provisional(day("2026-12-30"), day("2027-01-04"))
    assert OFFICIAL.is_provisional(day("2027-03-01"), day("2027-03-03"))
    assert OFFICIAL.is_provisional(day("2028-03-01"), day("2026-03-03"))


@pytest.mark.parametrize(
    ("today", "missing"),
    [("2026-10-31", []), ("2026-11-01", [2027]), ("2026-12-31", [2027]), ("2027-01-01", [2027])],
)
def test_from_november_on_next_years_schedule_is_missed(today, missing):
    assert OFFICIAL.missing(date.fromisoformat(today)) == missing


def test_a_year_is_known_once_its_holidays_are_named():
    """A day corrected here and there makes no schedule; one that names every holiday of the law does."""
    whole = {date.fromisoformat(day): False for day in BY_LAW_2027}
    without_a_sunday = {day: off for day, off in whole.items() if day != date(2027, 10, 3)}
    without_a_friday = {day: off for day, off in whole.items() if day != date(2027, 10, 1)}

    assert [
        WorkingCalendar(corrections).missing(date(2026, 11, 1))
        for corrections in ({}, {date(2027, 2, 9): False}, without_a_friday, without_a_sunday, whole)
    ] == [[2027], [2027], [2027], [], []]
    assert WorkingCalendar(without_a_friday).unnamed(2027) == [date(2027, 10, 1)]


def test_a_fingerprint_stands_for_how_days_count_and_for_nothing_else():
    rest, worked = {date(2026, 3, 10): False}, {date(2026, 3, 10): True}

    assert WorkingCalendar(rest).fingerprint != OFFICIAL.fingerprint
    assert WorkingCalendar(worked).fingerprint == OFFICIAL.fingerprint  # a Tuesday is worked anyway
    assert WorkingCalendar({}).fingerprint == OFFICIAL.fingerprint


def test_a_year_not_announced_yet_has_plain_weekends():
    assert [OFFICIAL.is_working(date(2097, 3, 1) + DAY * n) for n in range(7)] == [
        (date(2097, 3, 1) + DAY * n).weekday() < 5 for n in range(7)
    ]


@pytest.mark.parametrize(
    ("opened", "days", "working", "due"),
    [
        ("2026-03-09 10:00", 2, True, "2026-03-11 18:00"),  # Monday → Wednesday
        ("2026-03-13 17:59", 1, True, "2026-03-16 18:00"),  # over a weekend
        ("2026-02-13 10:00", 1, True, "2026-02-14 18:00"),  # the next day is a Saturday worked
        ("2026-02-13 10:00", 2, True, "2026-02-24 18:00"),  # over the Spring Festival
        ("2026-09-30 10:00", 5, True, "2026-10-13 18:00"),  # over the National Day; Saturday the 10th counts
        ("2026-09-28 10:00", 7, False, "2026-10-08 18:00"),  # calendar days end on the 5th: moved out of the holiday
        ("2026-03-09 10:00", 0, True, "2026-03-09 18:00"),
        ("2026-12-30 10:00", 2, True, "2027-01-04 18:00"),  # by law: over New Year's Day, a Friday
        ("2027-02-04 10:00", 2, True, "2027-02-10 18:00"),  # by law: Friday and Monday are festival days
        ("2027-04-30 10:00", 1, True, "2027-05-03 18:00"),  # 1 and 2 May fall on a weekend; no other day is guessed
    ],
)
def test_deadlines(opened, days, working, due):
    assert OFFICIAL.deadline(at(opened), days, working=working) == at(due)


@pytest.mark.parametrize(
    ("opened", "due", "reminder"),
    [
        ("2026-03-09 09:00", "2026-03-10 18:00", "2026-03-10 14:24"),  # 80 % of 18 office hours
        ("2026-03-13 18:30", "2026-03-16 18:00", "2026-03-16 16:12"),  # opened after hours on a Friday
        ("2026-09-30 09:00", "2026-10-08 18:00", "2026-10-08 14:24"),  # the holiday counts nothing
    ],
)
def test_eighty_percent_of_the_office_hours(opened, due, reminder):
    assert OFFICIAL.share_of(at(opened), at(due), 80) == at(reminder)


def test_an_administrators_word_overrules_the_official_list(db):
    DayCorrection.objects.create(day=date(2026, 3, 10), is_working=False, note="盘点")
    DayCorrection.objects.create(day=date(2026, 3, 14), is_working=True, note="补班")

    calendar = WorkingCalendar.load()

    assert calendar.deadline(at("2026-03-09 10:00"), 1) == at("2026-03-11 18:00")
    assert calendar.deadline(at("2026-03-13 10:00"), 1) == at("2026-03-14 18:00")


def test_working_days_between_counts_backwards_too():
    friday, tuesday = date(2026, 3, 13), date(2026, 3, 17)

    assert OFFICIAL.working_days_between(friday, tuesday) == 2
    assert OFFICIAL.working_days_between(tuesday, friday) == -2


moments = st.datetimes(datetime(2024, 1, 1), datetime(2027, 12, 1)).map(timezone.make_aware)
corrections = st.dictionaries(st.dates(date(2024, 1, 1), date(2027, 12, 1)), st.booleans(), max_size=6)


@settings(deadline=None)
@given(moments, st.integers(0, 30), st.booleans(), corrections)
def test_a_deadline_ends_a_working_day(opened, days, working, corrected):
    calendar = WorkingCalendar(corrected)

    due = timezone.localtime(calendar.deadline(opened, days, working=working))

    assert calendar.is_working(due.date())
    assert due.time() == CLOSES
    assert due.date() >= timezone.localdate(opened)


@settings(deadline=None)
@given(moments, st.integers(1, 20), st.integers(1, 99), corrections)
def test_no_reminder_falls_on_a_rest_day_or_out_of_hours(opened, days, percent, corrected):
    calendar = WorkingCalendar(corrected)
    due = calendar.deadline(opened, days)

    reminder = timezone.localtime(calendar.share_of(opened, due, percent))

    assert calendar.is_working(reminder.date())
    assert OPENS <= reminder.time() <= CLOSES
    assert opened <= reminder <= due


@settings(deadline=None)
@given(*[st.datetimes(datetime(2026, 1, 1), datetime(2026, 6, 1)).map(timezone.make_aware)] * 3)
def test_office_time_adds_up(one, two, three):
    first, second, third = sorted([one, two, three])

    whole = OFFICIAL.office_time(first, third)

    assert whole == OFFICIAL.office_time(first, second) + OFFICIAL.office_time(second, third)
    assert timedelta() <= whole <= third - first


@settings(deadline=None)
@given(st.dates(date(2024, 1, 1), date(2027, 6, 1)), st.integers(1, 40))
def test_adding_working_days_is_counting_them(day, count):
    assert OFFICIAL.working_days_between(day, OFFICIAL.add_working_days(day, count)) == count


def test_a_day_starts_at_midnight_in_the_office():
    assert timezone.localtime(start_of(date(2026, 3, 9))).time() == time.min
