"""A deadline counted anew because the calendar is another one: what it becomes, and why, in words."""

from __future__ import annotations

from datetime import date, datetime

from django.utils import timezone
from django.utils.translation import gettext_noop

from workflows.organisation import clock
from workflows.organisation.calendar import WorkingCalendar
from workflows.organisation.readings import changed_days
from workflows.policies.reasons import Reason, add

ACTION = "reckon"

add(
    {
        "days_rest": gettext_noop("now a rest day: %(days)s"),
        "days_work": gettext_noop("now a working day: %(days)s"),
        "calendar_changed": gettext_noop("the working calendar has changed"),
        "reminder_stays": gettext_noop("a reminder was sent before; it is not sent again"),
        "escalation_stays": gettext_noop("it was escalated before; that stays as it is"),
        "overdue_stays": gettext_noop("it was remarked as overdue before; that line stays"),
    }
)


def in_time(new: datetime, old: datetime, calendar: WorkingCalendar) -> datetime:
    """`new`, but nobody is made late by a change of the calendar: what was in time still has the office day."""
    now = clock.now()
    return min(old, calendar.closing(now)) if new < now <= old else new


def reasons(counted_by: str, calendar: WorkingCalendar, first: date, last: date) -> list[Reason]:
    """Which days between the two count otherwise than by the calendar of the fingerprint `counted_by`."""
    days = changed_days(counted_by, calendar, first, last)
    if not days:
        return [Reason("calendar_changed")]
    rest, work = ([day for day, works in days.items() if works == sort] for sort in (False, True))
    named = {"days_rest": rest, "days_work": work}
    return [Reason.of(key, days=", ".join(map(str, found))) for key, found in named.items() if found]


def written(at: datetime | None) -> str | None:
    """An instant as a line of the trail keeps it: in the office's time, to the minute."""
    return None if at is None else f"{timezone.localtime(at):%Y-%m-%d %H:%M}"
