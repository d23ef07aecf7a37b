#!/bin/sh
# Expected: a library that knows which Saturdays the State Council made working days in 2026 says of 2027, which
#           is not announced before November, that it does not know yet.
# Happens:  holidays 0.109 answers 2027 like any other year: the days fixed by law, none of the working weekends,
#           no warning, nothing in the object to tell the two kinds of year apart. chinesecalendar 1.11.0 raises
#           NotImplementedError. Over the 8 401 days from 2004 to 2026 the two differ on one, 31 December 2005,
#           a Saturday that was worked, as holidays says.
# Matters:  a deadline counted over next New Year or Spring Festival looks as sure as one of this year, and moves
#           when the schedule comes out: it has to be marked as provisional by whoever counts.
set -eu
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
python3 -m venv "$room/venv"
"$room/venv/bin/pip" install --quiet holidays==0.109 chinesecalendar==1.11.0
"$room/venv/bin/python" - <<'PYTHON'
import sys, warnings
from datetime import date, timedelta
from importlib.metadata import version

import chinese_calendar
import holidays

china = holidays.country_holidays("CN")


def days(first, last):
    return (first + timedelta(n) for n in range((last - first).days + 1))


def worked_weekends(year):
    return [f"{day:%m-%d}" for day in days(date(year, 1, 1), date(year, 12, 31))
            if day.weekday() > 4 and china.is_working_day(day)]


print("holidays", version("holidays"), "· chinesecalendar", version("chinesecalendar"))
with warnings.catch_warnings(record=True) as warned:
    warnings.simplefilter("always")
    weekends = {year: worked_weekends(year) for year in (2025, 2026, 2027)}
for year, found in weekends.items():
    print(f"working weekends of {year} by holidays:", found)
print("warnings:", [str(warning.message) for warning in warned])
try:
    known = chinese_calendar.is_workday(date(2027, 2, 8))
except NotImplementedError as error:
    known = repr(error)
print("8 February 2027 by chinesecalendar:", known)
span = list(days(date(2004, 1, 1), date(2026, 12, 31)))
differ = [day for day in span if chinese_calendar.is_workday(day) != china.is_working_day(day)]
print(f"{len(span)} days since 2004; they differ on:", *differ)
holds = (
    bool(weekends[2025] and weekends[2026]) and not weekends[2027] and not warned
    and "NotImplementedError" in str(known) and differ == [date(2005, 12, 31)]
)
print("As described." if holds else "This has CHANGED.")
sys.exit(not holds)
PYTHON
