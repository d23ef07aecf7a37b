"""The calendar as it stands, and which days have changed since a deadline was counted.

Nobody has to announce that the calendar changed: deadlines carry the fingerprint of the one they
were counted by, and whatever made it another one (a correction, a schedule loaded, a package that
learnt a new year) shows in the fingerprint.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

from django.db.models import Q

from . import clock
from .calendar import WorkingCalendar, known_to
from .models import CalendarReading

UNKNOWN = ""  # the fingerprint of what was counted before there were any

Counter = Callable[[WorkingCalendar], int]
_counters: list[Counter] = []


def register_counter(counter: Counter) -> None:
    """Have `counter` asked how many open deadlines would move under another calendar."""
    if counter not in _counters:
        _counters.append(counter)


def would_move(calendar: WorkingCalendar) -> int:
    """How many open deadlines would be another day under `calendar`, wherever they are kept."""
    return sum(counter(calendar) for counter in _counters)


def current(calendar: WorkingCalendar | None = None) -> WorkingCalendar | None:
    """The calendar as it stands, its reading kept. None for a process that knows less than another did.

    `calendar` is what the caller has just loaded, if it has.

    While a new release is rolled out, old processes run beside new ones: what knows a year fewer
    counts nothing anew, or the two would go on for ever putting each other right.
    """
    calendar = calendar or WorkingCalendar.load()
    asked = Q(known_to__gt=known_to()) | Q(pk=calendar.fingerprint)
    kept = dict(CalendarReading.objects.filter(asked).values_list("pk", "known_to"))
    if any(year > known_to() for year in kept.values()):
        return None
    if calendar.fingerprint not in kept:
        said = {"known_to": known_to(), "odd_days": calendar.odd_days(_kept_from(clock.now().year))}
        CalendarReading.objects.get_or_create(fingerprint=calendar.fingerprint, defaults=said)
    return calendar


def _kept_from(year: int) -> date:
    """A reading made in `year` keeps the days from here on: deadlines are no older."""
    return date(year - 1, 1, 1)


def knows_more(fingerprint: str) -> bool:
    """Whether the calendar of that fingerprint was read by a process that knows more years than this one."""
    return CalendarReading.objects.filter(pk=fingerprint, known_to__gt=known_to()).exists()


def stale(calendar: WorkingCalendar) -> Q:
    """Rows counted by another calendar. As two ranges, so that an index finds none of them at once."""
    return Q(calendar__lt=calendar.fingerprint) | Q(calendar__gt=calendar.fingerprint)


def changed_days(since: str, calendar: WorkingCalendar, first: date, last: date) -> dict[date, bool] | None:
    """Day → working now?, for the days between the two that counted otherwise under the fingerprint `since`.

    None where nobody kept what that calendar said.
    """
    reading = CalendarReading.objects.filter(pk=since).first()
    if reading is None:
        return None
    first = max(first, _kept_from(reading.read_at.year))
    before: dict[str, Any] = reading.odd_days
    now = calendar.odd_days(first)
    days = {date.fromisoformat(day) for day in before.keys() | now.keys() if before.get(day) != now.get(day)}
    return {day: calendar.is_working(day) for day in sorted(days) if first <= day <= last}
