"""The working calendar: which days count, and when a deadline of so many days ends.

Weekends, public holidays and make-up working days come from the official lists (package
chinesecalendar); an administrator's `DayCorrection` overrules them. Office hours are nine to
six in the office's time zone. Deadlines end with the office day; reminders fall inside hours.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import cache

import chinese_calendar
from django.utils import timezone

from .glance import asked_once
from .models import DayCorrection

OPENS, CLOSES = time(9), time(18)
DAY = timedelta(days=1)


@cache
def _officially_working(day: date) -> bool:
    try:
        return chinese_calendar.is_workday(day)
    except NotImplementedError:  # the State Council has not announced that year yet
        return day.weekday() < 5


@dataclass(frozen=True)
class WorkingCalendar:
    """The official days with an administrator's corrections: date → is it a working day?"""

    corrections: Mapping[date, bool]

    @staticmethod
    @asked_once
    def load() -> WorkingCalendar:
        """The calendar as it stands in the database: one query."""
        return WorkingCalendar(dict(DayCorrection.objects.values_list("day", "is_working")))

    def is_working(self, day: date) -> bool:
        corrected = self.corrections.get(day)
        return _officially_working(day) if corrected is None else corrected

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
