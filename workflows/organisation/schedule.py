"""A year's schedule as a file: day, working or rest, note. Read as people write it, judged line by line.

Comma, semicolon or tab between the columns, as a spreadsheet saves them; a first line of headings is
passed over. Nothing here writes: see `workflows.trail.schedule` for that.
"""

from __future__ import annotations

import csv
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date

from django.utils.translation import gettext as _

from .calendar import FIRST_YEAR, WorkingCalendar
from .models import DayCorrection

LARGEST = 256 * 1024  # bytes: fifty years of days
AHEAD = 10  # years from today: beyond them a year was mistyped

WORKING = {"班", "上班", "工作", "工作日", "补班", "调休上班", "working", "work", "workday", "working day"}
REST = {"休", "休息", "休息日", "放假", "假", "节假日", "假日", "rest", "off", "rest day", "day off", "holiday"}
HEADINGS = {"day", "date", "日期", "日子", "日", "天"}

_YEAR_FIRST = re.compile(r"(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*日?")
_CLOSED_UP = re.compile(r"(\d{4})(\d{2})(\d{2})")
_BEHIND = re.compile(r"\s*[(（]?\s*(?:星期|周)[一二三四五六日天]\s*[)）]?$")  # 2027年2月9日（周二）


@dataclass(frozen=True)
class Line:
    """One day of the file."""

    number: int
    day: date
    is_working: bool
    note: str


@dataclass(frozen=True)
class Fault:
    """Why a line cannot be taken; number 0 is the whole file."""

    number: int
    words: str

    def __str__(self) -> str:
        return (
            _("Line %(number)s: %(words)s") % {"number": self.number, "words": self.words}
            if self.number
            else self.words
        )


@dataclass
class Schedule:
    """What a file says. `faults` empty: it may be loaded."""

    lines: list[Line] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)


@dataclass(frozen=True)
class Difference:
    """One day that would count, or be noted, otherwise than now."""

    line: Line
    counted: bool  # did it count as a working day before?
    corrected: bool | None  # what an administrator's word said before; None: there was none
    note: str  # the note before

    @property
    def day(self) -> date:
        return self.line.day

    @property
    def is_working(self) -> bool:
        return self.line.is_working


def decode(content: bytes) -> str:
    """The text of an uploaded file, in whatever a spreadsheet saved it. Raises ValueError."""
    if len(content) > LARGEST:
        raise ValueError(
            _("The file is larger than %(size)s KB; a schedule is much smaller.") % {"size": LARGEST // 1024}
        )
    marked = content.startswith((b"\xff\xfe", b"\xfe\xff"))
    for encoding in ["utf-16"] if marked else ["utf-8-sig", "gb18030"]:
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" not in text:
            return text
    raise ValueError(_("This is no text file; please save the table as CSV."))


def read(text: str, today: date) -> Schedule:
    """Every line of `text`, or what is wrong with it."""
    schedule, met = Schedule(), dict[date, int]()
    rows = list(_rows(text))
    if rows and rows[0][1] and _plain(rows[0][1][0]).lower() in HEADINGS:
        rows = rows[1:]
    for number, cells in rows:
        try:
            line = _line(number, cells, today)
            if line.day in met:
                raise ValueError(
                    _("%(day)s stands in line %(other)s already.") % {"day": line.day, "other": met[line.day]}
                )
        except ValueError as wrong:
            schedule.faults.append(Fault(number, str(wrong)))
        else:
            met[line.day] = number
            schedule.lines.append(line)
    if not rows:
        schedule.faults.append(Fault(0, _("The file names no day.")))
    _refuse_the_past(schedule, today)
    return schedule


def _rows(text: str) -> Iterator[tuple[int, list[str]]]:
    """Line number and cells, of the lines that say anything."""
    for number, line in enumerate(text.splitlines(), 1):
        separator = next((sign for sign in "\t;；，" if sign in line and "," not in line), ",")
        cells = [cell.strip() for cell in next(csv.reader([line], delimiter=separator), [])]
        if any(cells):
            yield number, cells


def _line(number: int, cells: list[str], today: date) -> Line:
    if len(cells) < 2 or not cells[1]:
        raise ValueError(_("Two columns are needed: the day, and whether it is worked."))
    if any(cells[3:]):
        raise ValueError(_("There are more than three columns; put a note that has a comma into quotation marks."))
    note = cells[2] if len(cells) > 2 else ""
    if len(note) > (longest := DayCorrection._meta.get_field("note").max_length or 0):
        raise ValueError(_("The note is longer than %(n)s characters.") % {"n": longest})
    if any(unicodedata.category(sign) == "Cc" for sign in note):
        raise ValueError(_("The note has a character in it that cannot be printed."))
    return Line(number, _day(cells[0], today), _is_working(cells[1]), note)


def _plain(written: str) -> str:
    """Full width as half width, blanks at the ends gone."""
    return unicodedata.normalize("NFKC", written).strip()


def _day(written: str, today: date) -> date:
    plain = _BEHIND.sub("", _plain(written))
    found = _YEAR_FIRST.fullmatch(plain) or _CLOSED_UP.fullmatch(plain)
    if found is None:
        wrong = _("“%(written)s” is no date; write it as %(one)s or %(other)s.")
        raise ValueError(wrong % {"written": written, "one": "2027-02-09", "other": "2027年2月9日"})
    try:
        day = date(*map(int, found.groups()))
    except ValueError:
        raise ValueError(_("“%(written)s” does not exist in the calendar.") % {"written": written}) from None
    if not FIRST_YEAR <= day.year <= today.year + AHEAD:
        raise ValueError(
            _("The year must lie between %(first)s and %(last)s.") % {"first": FIRST_YEAR, "last": today.year + AHEAD}
        )
    return day


def _is_working(written: str) -> bool:
    plain = _plain(written).lower()
    if plain in WORKING:
        return True
    if plain in REST:
        return False
    wrong = _("“%(written)s” says neither working nor rest; write %(working)s or %(rest)s.")
    raise ValueError(wrong % {"written": written, "working": "班", "rest": "休"})


def _refuse_the_past(schedule: Schedule, today: date) -> None:
    """A day that is over may be added, as on the pages; what was said of one before is not said otherwise."""
    over = {line.day: line for line in schedule.lines if line.day <= today}
    for row in DayCorrection.objects.filter(day__in=over):
        line = over[row.day]
        if row.is_working != line.is_working:
            words = _("%(day)s is over and has been corrected before; that is not changed any more.")
            schedule.faults.append(Fault(line.number, words % {"day": row.day}))
    schedule.faults.sort(key=lambda fault: fault.number)


def differences(lines: list[Line]) -> list[Difference]:
    """What loading `lines` would change, in the order of the days; nothing for what stands there already."""
    calendar = WorkingCalendar.load()
    known = {row.day: row for row in DayCorrection.objects.filter(day__in=[line.day for line in lines])}
    found = []
    for line in sorted(lines, key=lambda line: line.day):
        row = known.get(line.day)
        if row is None or (row.is_working, row.note) != (line.is_working, line.note or row.note):
            said = (row.is_working, row.note) if row else (None, "")
            found.append(Difference(line, calendar.is_working(line.day), *said))
    return found


def with_lines(lines: list[Line]) -> WorkingCalendar:
    """The calendar as it would be once `lines` are loaded."""
    return WorkingCalendar({**WorkingCalendar.load().corrections, **{line.day: line.is_working for line in lines}})
