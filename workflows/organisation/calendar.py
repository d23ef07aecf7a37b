"""The working calendar: which days count, and when a deadline of so many days ends.

Weekends, public holidays and make-up working days come from the State Council's yearly schedules
(package chinesecalendar); an administrator's `DayCorrection` overrules them. For a year whose
schedule is not announced yet the days fixed by law are rest days (package holidays), and nothing
more is guessed: neither the days off around them nor the weekends worked for those. What is counted
in such a year is provisional, and said to be. Office hours are nine to six in the office's time
zone. Deadlines end with the office day; reminders fall inside hours.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import cache, cached_property
from hashlib import sha256

import chinese_calendar
import holidays
from django.utils import timezone

from .models import DayCorrection
from .unchanged import while_unchanged

OPENS, CLOSES = time(9), time(18)
DAY = timedelta(days=1)
ANNOUNCED_IN = 11  # the month in which the State Council announces the next year's schedule
FIRST_YEAR = 2004  # chinesecalendar knows none before
LAW_YEARS = 10  # so many years behind the last announced one are part of what a calendar says


@cache
def known_to() -> int:
    """The last year whose schedule the package knows."""
    year = FIRST_YEAR
    while _in_package(year + 1):
        year += 1
    return year


def _in_package(year: int) -> bool:
    try:
        chinese_calendar.is_workday(date(year, 1, 1))
    except NotImplementedError:  # the State Council had not announced that year when it was released
        return False
    return True


@cache
def days_by_law(year: int) -> frozenset[date]:
    """The public holidays fixed by law (decree 795 of 2024: 13 days), on whatever day of the week.

    `observed=False`: one that falls on a weekend is made up for on a working day, but on which is
    only known when it is announced. Empty where the moon has not been reckoned, from 2101 on.
    """
    return frozenset(holidays.country_holidays("CN", years=year, observed=False))


@cache
def _officially_working(day: date) -> bool:
    if FIRST_YEAR <= day.year <= known_to():
        return chinese_calendar.is_workday(day)
    return day.weekday() < 5 and day not in days_by_law(day.year)


@cache
def _official_days() -> tuple[dict[date, bool], str]:
    """Every day that does not count as its place in the week says, as far as one can know; and what stands for it all."""
    first, last = date(FIRST_YEAR, 1, 1), date(known_to() + LAW_YEARS, 12, 31)
    every = (first + DAY * n for n in range((last - first).days + 1))
    odd = {day: working for day in every if (working := _officially_working(day)) != (day.weekday() < 5)}
    return odd, sha256(repr(sorted(odd.items())).encode()).hexdigest()


def forget() -> None:
    """The packages were exchanged under a running process: only tests do that."""
    for kept in (known_to, days_by_law, _officially_working, _official_days):
        kept.cache_clear()


@dataclass(frozen=True)
class WorkingCalendar:
    """The official days with an administrator's corrections: date → is it a working day?"""

    corrections: Mapping[date, bool]

    @staticmethod
    @while_unchanged
    def load() -> WorkingCalendar:
        """The calendar as it stands in the database: one query."""
        return WorkingCalendar(dict(DayCorrection.objects.values_list("day", "is_working")))

    def is_working(self, day: date) -> bool:
        corrected = self.corrections.get(day)
        return _officially_working(day) if corrected is None else corrected

    # --- how much of it is known ---

    def is_announced(self, year: int) -> bool:
        """Whether the year's schedule is known: the package has it, or a file with it was loaded.

        A schedule names every holiday of the law as a rest day; a correction here and there does not make one.
        """
        return year <= known_to() or (bool(days_by_law(year)) and not self.unnamed(year))

    def unnamed(self, year: int) -> list[date]:
        """The law's holidays on a Monday to Friday which no correction names: what a schedule of the year still lacks."""
        fixed = sorted(day for day in days_by_law(year) if day.weekday() < 5)
        return [day for day in fixed if self.corrections.get(day) is not False]

    def is_provisional(self, start: date, end: date) -> bool:
        """Whether what is counted from one day to the other goes through a year not announced yet."""
        first, last = sorted((start.year, end.year))
        return not all(self.is_announced(year) for year in range(first, last + 1))

    def missing(self, today: date) -> list[int]:
        """The years whose schedule should be here by now: this one, and from November on the next."""
        due = [today.year] if today.month < ANNOUNCED_IN else [today.year, today.year + 1]
        return [year for year in due if not self.is_announced(year)]

    @cached_property
    def fingerprint(self) -> str:
        """Stands for all this calendar says: two of the same fingerprint count every day alike."""
        _odd, official = _official_days()
        said = sorted((day, works) for day, works in self.corrections.items() if works != _officially_working(day))
        return sha256(f"{official}{said!r}".encode()).hexdigest()[:16]

    def odd_days(self, since: date) -> dict[str, bool]:
        """The days from `since` on that do not count as their place in the week says: ISO date → working?"""
        official, _print = _official_days()
        odd = {day: works for day, works in {**official, **self.corrections}.items() if works != (day.weekday() < 5)}
        return {day.isoformat(): works for day, works in sorted(odd.items()) if day >= since}

    # --- counting ---

    def next_working_day(self, day: date) -> date:
        """`day` itself if it is a working day, else the first one after it."""
        while not self.is_working(day):
            day += DAY
        return day

    def add_working_days(self, day: date, count: int) -> date:
        """The working day that is `count` working days after `day`; `day` itself is not counted."""
        for _ in range(count):
            day = self.next_working_day(day + DAY)
        return self.next_working_day(day)

    def working_days_between(self, start: date, end: date) -> int:
        """Working days after `start` up to and including `end`; negative when `end` is earlier."""
        if end < start:
            return -self.working_days_between(end, start)
        return sum(self.is_working(start + DAY * n) for n in range(1, (end - start).days + 1))

    def deadline(self, opened_at: datetime, days: int, *, working: bool = True) -> datetime:
        """When a task opened at `opened_at` is due: the end of office hours, `days` days on.

        The day of opening is not counted. Calendar days are counted through rest days, but the
        deadline itself never falls on one.
        """
        opened_on = timezone.localdate(opened_at)
        last = self.add_working_days(opened_on, days) if working else self.next_working_day(opened_on + DAY * days)
        return _at(last, CLOSES)

    def closing(self, moment: datetime) -> datetime:
        """The end of the office day that is under way at `moment`, or else of the next one."""
        return _at(timezone.localdate(self._into_hours(moment)), CLOSES)

    def share_of(self, opened_at: datetime, due_at: datetime, percent: int) -> datetime:
        """The instant when `percent` of the office hours between the two has gone by.

        Always inside office hours of a working day, so that no reminder wakes anybody.
        """
        left = self.office_time(opened_at, due_at) * percent / 100
        moment = self._into_hours(opened_at)
        while True:
            today_left = _at(timezone.localdate(moment), CLOSES) - moment
            if left <= today_left:
                return moment + left
            left -= today_left
            moment = _at(self.next_working_day(timezone.localdate(moment) + DAY), OPENS)

    def office_time(self, start: datetime, end: datetime) -> timedelta:
        """Office hours between two instants; zero when `end` is not after `start`."""
        total, moment = timedelta(), self._into_hours(start)
        while moment < end:
            closes = _at(timezone.localdate(moment), CLOSES)
            total += min(closes, end) - moment
            moment = _at(self.next_working_day(timezone.localdate(moment) + DAY), OPENS)
        return total

    def _into_hours(self, moment: datetime) -> datetime:
        """`moment` if it is in office hours, else the next opening."""
        day = timezone.localdate(moment)
        if self.is_working(day) and moment < _at(day, CLOSES):
            return max(moment, _at(day, OPENS))
        return _at(self.next_working_day(day + DAY), OPENS)


def _at(day: date, hour: time) -> datetime:
    return timezone.make_aware(datetime.combine(day, hour))


def start_of(day: date) -> datetime:
    """The first instant of `day` in the office's time zone."""
    return _at(day, time.min)
