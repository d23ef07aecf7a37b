"""Is next year's schedule of holidays there?"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core import checks
from django.db import DatabaseError, connection

from . import clock
from .calendar import WorkingCalendar
from .models import DayCorrection


def check_schedule(**_: Any) -> list[checks.CheckMessage]:
    """A Warning for every year whose schedule should be known by now: from November on, for the next.

    Without a database nobody can say what was loaded: nothing is said before an office is set up.
    """
    try:
        if not _is_set_up():
            return []
        missing = WorkingCalendar.load().missing(clock.today())
    except DatabaseError:
        return []
    return [
        checks.Warning(
            f"The schedule of holidays for {year} is not known: the days fixed by law are counted, "
            "and deadlines in that year are provisional.",
            hint="Load it (manage.py calendar load FILE, or the administration's corrected days), "
            "or install a release of chinesecalendar that knows the year.",
            id="organisation.W001",
        )
        for year in missing
    ]


def _is_set_up() -> bool:
    file = Path(str(connection.settings_dict["NAME"]))
    if connection.vendor == "sqlite" and not connection.connection and not file.exists():
        return False  # looking would make the file
    return DayCorrection._meta.db_table in connection.introspection.table_names()
