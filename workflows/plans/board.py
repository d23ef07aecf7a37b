"""The plan board: every topic, who leads it, how far it is and whether it is late; as rows, as bars, as an Excel file.

A plan of 200 topics and 2 000 owners is read in as many queries as one of three.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from io import BytesIO
from itertools import groupby
from typing import Any

import xlsxwriter
from django.db.models import Prefetch
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from workflows.organisation.models import Person, Unit

from .models import Ownership, Plan, PlanState, Topic, TopicState
from .outline import Kind, Owner, Part
from .outline import Topic as Value

EXCEL = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
MOST_MONTHS = 12  # named above the bars; of a longer time every second or third


@dataclass(frozen=True)
class Line:
    """A topic on the board. `due`: as it is now, extensions counted in."""

    part: str  # number and title of its part
    number: str
    title: str
    lead: str  # lead owner 1
    state: str
    state_label: str
    percent: int
    begins: date | None
    due: date | None
    late: bool
    accepted: bool = False
    reason: str = ""  # why it was carried over
    reference: str = ""  # of its matter; "" before the launch
    others: tuple[str, ...] = ()  # lead owners 2 and 3
    assistants: tuple[str, ...] = ()
    late_days: int = 0

    @property
    def standing(self) -> str:
        """Its state in words, and that it is late: never by colour alone."""
        return _("%(state)s, late") % {"state": self.state_label} if self.late else self.state_label

    @property
    def lateness(self) -> str:
        return ngettext("late by %(n)s day", "late by %(n)s days", self.late_days) % {"n": self.late_days}


def lines_of(plan: Plan) -> list[Line]:
    """Every topic of the plan by part. Two queries once it is launched, and two before, however long it is."""
    owners = Prefetch("owners", Ownership.objects.select_related("person", "unit"))
    opened = {topic.number: topic for topic in plan.topics().prefetch_related(owners)}
    outline = plan.outline
    names = _names([topic for topic in outline.topics() if int(topic.number) not in opened])
    return [
        _line(_part(part), topic, opened[int(topic.number)])
        if int(topic.number) in opened
        else _planned(_part(part), topic, names)
        for part in outline.parts
        for topic in part.topics
    ]


def _part(part: Part) -> str:
    return _("%(number)s. %(title)s") % {"number": part.number, "title": part.title} if part.number else part.title


def _named(unit: object, person: object, words: str) -> str:
    if unit and person:
        return _("%(unit)s, %(person)s") % {"unit": unit, "person": person}
    return str(unit or person or words)


def _line(part: str, outlined: Value, topic: Topic) -> Line:
    """One that goes its way."""
    leads: list[str] = []
    helping: list[str] = []
    for row in topic.owners.all():
        (leads if row.kind == Kind.LEAD else helping).append(_named(row.unit, row.person, row.words))
    late = topic.late_by if topic.state != TopicState.CALLED_OFF else 0
    return Line(
        part=part,
        number=outlined.number,
        title=topic.title,
        lead=leads[0] if leads else "—",
        state=topic.state,
        state_label=str(TopicState(topic.state).label),
        percent=topic.percent,
        begins=timezone.localdate(topic.opened_at),
        due=topic.due,
        late=late > 0,
        late_days=late,
        accepted=topic.state == TopicState.ACCEPTED,
        reason=topic.outcome,
        reference=topic.reference,
        others=tuple(leads[1:]),
        assistants=tuple(helping),
    )


def _names(topics: Sequence[Value]) -> Callable[[Owner], str]:
    """What the owners of topics that are not out yet are called."""
    owners = [owner for topic in topics for owner in (*topic.leads, *topic.assistants)]
    units = Unit.objects.in_bulk({owner.unit for owner in owners if owner.unit})
    people = Person.objects.in_bulk({owner.person for owner in owners if owner.person})
    return lambda owner: _named(units.get(owner.unit or 0), people.get(owner.person or 0), owner.words)


def _planned(part: str, topic: Value, named: Callable[[Owner], str]) -> Line:
    """One that is not out yet."""
    leads = [named(owner) for owner in sorted(topic.leads, key=lambda owner: owner.rank)]
    return Line(
        part=part,
        number=topic.number,
        title=topic.title,
        lead=leads[0] if leads else "—",
        state="",
        state_label=str(PlanState.DRAFTING.label),
        percent=0,
        begins=None,
        due=topic.due,
        late=False,
        others=tuple(leads[1:]),
        assistants=tuple(map(named, topic.assistants)),
    )


@dataclass(frozen=True)
class Bar:
    """A topic on the timeline: where its bar begins, how wide it is, how much of that is done; in hundredths of the width."""

    line: Line
    left: float
    width: float
    done: float
    words: str  # all the bar says, for who does not see it


@dataclass(frozen=True)
class Month:
    name: str
    at: float


@dataclass(frozen=True)
class Timeline:
    months: list[Month]
    today: float | None  # where today is; None: outside
    parts: list[tuple[str, list[Bar]]]


def by_part(lines: Sequence[Line]) -> list[tuple[str, list[Line]]]:
    """Parts in their order, each with its topics."""
    return [(part, list(those)) for part, those in groupby(lines, key=lambda line: line.part)]


def timeline(lines: Sequence[Line], begins: date, ends: date, today: date) -> Timeline:
    """All topics as bars on one scale, which reaches from the first day of the plan to its last, or that of a topic."""
    first = min([begins, *(line.begins for line in lines if line.begins)]).replace(day=1)
    last = max([ends, *(line.due for line in lines if line.due)])
    whole = (_next_month(last) - first).days

    def at(day: date) -> float:
        return round(100 * (day - first).days / whole, 3)

    def bar(line: Line) -> Bar:
        from_, to = line.begins or begins, line.due or ends
        from_ = min(from_, to)
        left, right = at(from_), at(to + timedelta(days=1))
        return Bar(
            line, left, round(right - left, 3), round((right - left) * line.percent / 100, 3), _told(line, from_, to)
        )

    parts = [(part, [bar(line) for line in those]) for part, those in by_part(lines)]
    return Timeline(_months(first, _next_month(last), at), at(today) if first <= today <= last else None, parts)


def _told(line: Line, from_: date, to: date) -> str:
    return _("%(number)s. %(title)s: from %(first)s to %(last)s, %(percent)s%% done, %(standing)s") % {
        "number": line.number,
        "title": line.title,
        "first": from_.isoformat(),
        "last": to.isoformat(),
        "percent": line.percent,
        "standing": line.standing,
    }


def _next_month(day: date) -> date:
    return (day.replace(day=1) + timedelta(days=32)).replace(day=1)


def _months(first: date, end: date, at: Any) -> list[Month]:
    days = [first]
    while (following := _next_month(days[-1])) < end:
        days.append(following)
    every = -(-len(days) // MOST_MONTHS)
    return [
        Month(date_format(day, pgettext("a month above the bars: a format of dates", "M")), at(day))
        for day in days[::every]
    ]


# --- as an Excel file ----------------------------------------------------------------------------------------------


def workbook(title: str, lines: Sequence[Line], today: date) -> bytes:
    """The board as a table: numbers are numbers, days are days, and no text is ever taken for a formula."""
    out = BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    book.set_properties({"title": title})
    head = book.add_format({"bold": True, "bottom": 1, "text_wrap": True, "valign": "top"})
    text = book.add_format({"text_wrap": True, "valign": "top"})
    late = book.add_format({"text_wrap": True, "valign": "top", "font_color": "#B3261A"})
    day = book.add_format({"num_format": "yyyy-mm-dd", "valign": "top", "align": "left"})
    share = book.add_format({"num_format": "0%", "valign": "top"})
    number = book.add_format({"num_format": "0", "valign": "top"})
    sheet = book.add_worksheet(_("Plan board"))
    columns = [
        (_("Part"), 18), (_("No."), 6), (_("Topic"), 36), (_("Lead owner 1"), 24), (_("Other lead owners"), 24),
        (_("Assisting owners"), 32), (_("State"), 14), (_("Progress"), 9), (_("Begun"), 12), (_("Due"), 12),
        (_("Days late"), 10), (_("Reference"), 16),
    ]  # fmt: skip
    for place, (name, wide) in enumerate(columns):
        sheet.set_column(place, place, wide)
        sheet.write_string(0, place, name, head)
    for row, line in enumerate(lines, 1):
        sheet.write_string(row, 0, line.part, text)
        sheet.write_number(row, 1, int(line.number), number) if line.number.isdecimal() else sheet.write_string(
            row, 1, line.number, text
        )
        words = {
            2: line.title,
            3: line.lead,
            4: "\n".join(line.others),
            5: "\n".join(line.assistants),
            11: line.reference,
        }
        for place, said in words.items():
            sheet.write_string(row, place, said, text)
        sheet.write_string(row, 6, line.standing, late if line.late else text)
        sheet.write_number(row, 7, line.percent / 100, share)
        for place, on in ((8, line.begins), (9, line.due)):
            if on:
                sheet.write_datetime(row, place, on, day)
        if line.late:
            sheet.write_number(row, 10, line.late_days, number)
    sheet.freeze_panes(1, 3)
    sheet.autofilter(0, 0, max(1, len(lines)), len(columns) - 1)
    sheet.set_landscape()
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(0)
    sheet.set_footer("&L" + today.isoformat() + "&R&P / &N")
    book.close()
    return out.getvalue()
