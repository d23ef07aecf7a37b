"""The national joint campaign of the last November: when it is and who is invited, for the stories that play in it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from workflows.organisation.calendar import DAY

from .office_time import OFFICE_DAY, OfficeTime

STORES = ("hangzhou-west", "suzhou", "guangzhou-east", "shenzhen-bay", "chengdu-south")
ABSENT = "hefei"  # begins to write, and does not get it done


@dataclass(frozen=True)
class November:
    """Its days, and the office minutes its acts are reckoned from."""

    hand_in_by: date
    first: date
    last: date
    invited: int  # the opening of the working day on which the stores are invited
    gathered: int  # of the one after the list is closed
    over: int  # of the one after the last day


def november(times: OfficeTime) -> November:
    """The last one whose campaign is over."""
    first = times.today.replace(month=11, day=6)
    last = first + 9 * DAY
    if last + DAY >= times.today:
        first, last = first.replace(year=first.year - 1), last.replace(year=last.year - 1)
    by = first - 21 * DAY
    gathered = times.minute(by + DAY)
    return November(by, first, last, gathered - 11 * OFFICE_DAY, gathered, times.minute(last + DAY))
