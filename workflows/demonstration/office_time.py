"""Office minutes: the time the demonstration is planned in.

Minute 0 is the opening of today (of the next working day, on a rest day), -1 the last minute of the
working day before, 540 minutes make a day. Everything planned is before minute 0 and inside office
hours.
"""

from __future__ import annotations

from bisect import bisect_left
from datetime import date, datetime, timedelta

from django.utils import timezone

from workflows.organisation.calendar import DAY, OPENS, WorkingCalendar, start_of

OFFICE_DAY = 540  # minutes


class OfficeTime:
    """Office minutes and the instants they are."""

    def __init__(self, today: date, calendar: WorkingCalendar) -> None:
        self.today = today
        span = range(-520, 200)
        self.days = [today + n * DAY for n in span if calendar.is_working(today + n * DAY)]
        self.zero = bisect_left(self.days, today)

    def moment(self, minute: int) -> datetime:
        day, rest = divmod(minute, OFFICE_DAY)
        opened = timezone.make_aware(datetime.combine(self.days[self.zero + day], OPENS))
        return opened + timedelta(minutes=rest, seconds=minute * 37 % 60)

    def on(self, minute: int) -> date:
        return self.days[self.zero + minute // OFFICE_DAY]

    def minute_of(self, moment: datetime) -> int:
        """The office minute of an instant; outside office hours the opening of the next working day."""
        local = timezone.localtime(moment)
        day = bisect_left(self.days, local.date())
        if self.days[day] != local.date():
            return (day - self.zero) * OFFICE_DAY
        since = int((moment - start_of(local.date())) / timedelta(minutes=1)) - OPENS.hour * 60
        return (day - self.zero) * OFFICE_DAY + min(max(since, 0), OFFICE_DAY)

    def minute(self, day: date) -> int:
        """The opening of the first working day from `day` on."""
        return (bisect_left(self.days, day) - self.zero) * OFFICE_DAY
