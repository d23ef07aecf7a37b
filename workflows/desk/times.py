"""Instants and deadlines in words, as somebody at a desk would say them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import TextChoices
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from workflows.organisation import clock
from workflows.organisation.calendar import DAY, WorkingCalendar, start_of


def moment(at: datetime) -> str:
    """ "today 09:12", "20 Nov 09:12"; with the year when it is not this one.

    The very beginning of a day is the day itself: "today", "20 Nov".
    """
    local, today = timezone.localtime(at), clock.today()
    whole_day = at == start_of(local.date())
    if local.date() == today:
        return _("today") if whole_day else _("today %(time)s") % {"time": f"{local:%H:%M}"}
    # Translators: date formats of Django's date filter; the first is used within the current year.
    pattern = _("j M") if local.year == today.year else _("j M Y")
    written = date_format(local, pattern)
    return written if whole_day else f"{written} {local:%H:%M}"


def stamp(at: datetime) -> str:
    """ "2026-11-20 09:12"; "2026-11-20" for the very beginning of a day."""
    local = timezone.localtime(at)
    return f"{local:%Y-%m-%d}" if at == start_of(local.date()) else f"{local:%Y-%m-%d %H:%M}"


class Span(TextChoices):
    """When something is due, as the inbox groups it."""

    LATE = "late", gettext_lazy("Overdue")
    TODAY = "today", gettext_lazy("Today")
    WEEK = "week", gettext_lazy("This week")
    LATER = "later", gettext_lazy("Later")


@dataclass(frozen=True)
class Horizon:
    """Where the spans end, seen from `now`: the rest of today, the rest of the week (Sunday included)."""

    now: datetime

    @classmethod
    def here(cls) -> Horizon:
        return cls(clock.now())

    @property
    def tomorrow(self) -> datetime:
        return start_of(timezone.localdate(self.now) + DAY)

    @property
    def next_week(self) -> datetime:
        day = timezone.localdate(self.now)
        return start_of(day + DAY * (7 - day.weekday()))

    def span(self, due_at: datetime | None) -> Span:
        if due_at is None or due_at >= self.next_week:
            return Span.LATER
        if due_at < self.now:
            return Span.LATE
        return Span.TODAY if due_at < self.tomorrow else Span.WEEK


@dataclass(frozen=True)
class Due:
    """A deadline in words, and the tone of its chip: late, soon, or plain.

    `provisional`: it is counted through a year whose schedule of holidays is not announced yet.
    """

    at: datetime
    words: str
    tone: str
    provisional: bool = False


def due(at: datetime | None, horizon: Horizon, calendar: WorkingCalendar) -> Due | None:
    """`at` as seen from the horizon's now; None when there is no deadline."""
    if at is None:
        return None
    now = horizon.now
    day, today = timezone.localdate(at), timezone.localdate(now)
    provisional = calendar.is_provisional(today, day)
    if at < now:
        days = (today - day).days
        if days:
            words = ngettext("%(n)s day overdue", "%(n)s days overdue", days) % {"n": days}
        else:
            hours = max(1, round((now - at) / timedelta(hours=1)))
            words = ngettext("%(n)s hour overdue", "%(n)s hours overdue", hours) % {"n": hours}
        return Due(at, words, "late", provisional)
    if day == today:
        words = _("by %(time)s today") % {"time": f"{timezone.localtime(at):%H:%M}"}
        return Due(at, words, "soon", provisional)
    days = calendar.working_days_between(today, day)
    words = ngettext("%(n)s working day left", "%(n)s working days left", days) % {"n": days}
    return Due(at, words, "", provisional)


def day_due(on: date, calendar: WorkingCalendar) -> Due:
    """The last day `on` of something that has no hour, as seen from today."""
    today, at = clock.today(), start_of(on)
    provisional = calendar.is_provisional(today, on)
    if on < today:
        days = (today - on).days
        return Due(at, ngettext("%(n)s day overdue", "%(n)s days overdue", days) % {"n": days}, "late", provisional)
    if on == today:
        return Due(at, _("due today"), "soon", provisional)
    days = calendar.working_days_between(today, on)
    words = ngettext("%(n)s working day left", "%(n)s working days left", days) % {"n": days}
    return Due(at, words, "", provisional)
