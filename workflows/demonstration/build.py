"""Builds the demonstration: an invented group, and a year of its work lived through on a moved clock.

What happens is told by the stories of the installed workflows; here their deeds are merged by time.
Every act goes through the same doors as a person's: `begin`, `perform`, the desks, the sweep. The
whole year is one transaction, so a build that was interrupted leaves nothing behind.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.conf import settings
from django.db import transaction

from documents.models import Rendition
from documents.registry.sealing import put_in_force
from workflows.matters.errors import NotYours, Refused, StepOutOfOrder
from workflows.organisation import clock
from workflows.organisation.calendar import DAY, WorkingCalendar, start_of
from workflows.organisation.models import Person, Post, StandIn, Unit
from workflows.organisation.offices import Capacity
from workflows.policies.defaults import first_edition
from workflows.policies.models import Edition
from workflows.steps.sweep import next_alarm, settle_all, sweep
from workflows.trail.record import about

from . import people
from .letters import Letters
from .office_time import OFFICE_DAY, OfficeTime
from .stories import Deed, Stage, Story, Tale, stories

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Progress:
    """How far the build is: acts done of acts planned, the day lived through, tales broken off."""

    done: int
    planned: int
    day: date
    broken_off: int


def build(size: int = 150) -> Iterator[Progress]:
    """Build everything relative to `clock.today()`, reporting after every act. Nothing may exist yet.

    The caller must exhaust the iterator: the transaction ends with it.
    """
    today = clock.today()
    with transaction.atomic():
        times = OfficeTime(today, WorkingCalendar.load())
        with clock.at(start_of(today - 480 * DAY)):
            staff = _organisation(times)
            edition = first_edition(today - 470 * DAY, clock.now())
        units = {unit.code: unit for unit in Unit.objects.all()}
        guests = frozenset(username for username, _zh, _en in people.ONE_CLICK)
        stage = Stage(times, units, staff, guests, edition)
        told = stories()
        with clock.at(start_of(today - 480 * DAY)):
            for story in told:
                story.prepare(stage)
        year = _Year(stage, told, size, _day_of_second_edition(today))
        yield from year.live()
        year.look_back()
        _newest_papers_first()
    _name_the_one_click_people()


def _day_of_second_edition(today: date) -> date:
    """The first of the month about five months ago."""
    return (today - 150 * DAY).replace(day=1)


# --- who there is ------------------------------------------------------------------------------------


def _organisation(times: OfficeTime) -> dict[str, Person]:
    """Units, people, posts and stand-ins; user name → person. Nobody gets a password."""
    units: dict[str, Unit] = {}
    for code, kind, name, name_en, above in people.UNITS:
        units[code] = Unit.objects.create(kind=kind, code=code, name=name, name_en=name_en, parent=units.get(above))
    staff: dict[str, Person] = {}
    for username, name, name_en, posts in people.PEOPLE:
        person = staff[username] = Person.objects.create_user(
            username,
            name=name,
            name_en=name_en,
            email=f"{username}@xingqiao.example",
            language="en" if username in people.READS_ENGLISH else "zh-hans",
        )
        for held in posts:
            since, until = held.from_working_day, held.until_working_day
            Post.objects.create(
                person=person,
                role=held.role,
                unit=units[held.unit],
                title=held.title,
                title_en=people.TITLES[held.title],
                starts_on=clock.today() if since is None else times.on(since * OFFICE_DAY),
                ends_on=None if until is None else times.on(until * OFFICE_DAY),
            )
    Person.objects.system()
    StandIn.objects.create(
        principal=staff[people.VICE_PRESIDENT],
        deputy=staff[people.DEPUTY],
        reason="出访供应商，在外期间由顾承泽代为签发",
        starts_on=times.on(-3 * OFFICE_DAY),
        ends_on=times.on(6 * OFFICE_DAY),
    )
    day = WorkingCalendar.load().next_working_day(clock.today())
    with clock.at(start_of(day) + timedelta(hours=10, minutes=15)):
        _seals(units, staff[people.CLERK])
    return staff


def _seals(units: dict[str, Unit], clerk: Person) -> None:
    """The group's seal, one for every region, and for every store one for its planning only."""
    group = units[people.UNITS[0][0]]
    for unit in units.values():
        if unit.kind != Unit.Kind.DEPARTMENT:
            name = group.name if unit == group else f"{group.name}{unit.name}"
            below = "企划专用章" if unit.kind == Unit.Kind.STORE else ""
            put_in_force(unit, name, below, capacity=Capacity(clerk, clerk.posts.get()))


def _name_the_one_click_people() -> None:
    """Write down whom one may become with one click, and what each could try."""
    settings.VAR_DIR.mkdir(parents=True, exist_ok=True)
    rows = [{"username": username, "zh": zh, "en": en} for username, zh, en in people.ONE_CLICK]
    text = json.dumps(rows, ensure_ascii=False, indent=1)
    (settings.VAR_DIR / "demonstration.json").write_text(text, encoding="utf-8")


def _newest_papers_first() -> None:
    """Turn the queue of papers round: who looks around on the first day opens the newest ones first."""
    queued = list(Rendition.objects.select_related("document").order_by("document__issued_at"))
    opened = [rendition.not_before for rendition in queued]
    for rendition, not_before in zip(reversed(queued), opened, strict=True):
        rendition.not_before = not_before
    Rendition.objects.bulk_update(queued, ["not_before"], batch_size=200)


# --- what happens ---------------------------------------------------------------------------------------


class _Year:
    """The year, act by act in the order of time, with the clock's own acts in between."""

    def __init__(self, stage: Stage, told: list[Story], size: int, second: date) -> None:
        self.stage, self.times, self.told, self.second = stage, stage.times, told, second
        self.broken_off: set[int] = set()  # tales, by their identity
        # at one minute the stories act in turn, and each its tales in the order it told them
        self.queue = sorted(
            (
                ((deed.minute, place, tale.number, order), tale, deed)
                for place, story in enumerate(told)
                for tale in story.plan(stage, size)
                for order, deed in enumerate(tale.deeds)
            ),
            key=lambda queued: queued[0],
        )
        self.swept = start_of(self.times.today - 475 * DAY)
        self.letters = Letters(self.times)

    def live(self) -> Iterator[Progress]:
        published = start_of(self.second - 9 * DAY) + timedelta(hours=10, minutes=20)
        vacated = start_of(self.times.on(people.VACANT_SINCE * OFFICE_DAY) + DAY) + timedelta(hours=9)
        asides = [(published, self._second_edition), (vacated, settle_all)]
        self.letters.make_lists()
        for done, (_order, tale, deed) in enumerate(self.queue, 1):
            moment = self.times.moment(deed.minute)
            while asides and asides[0][0] <= moment:
                at, aside = asides.pop(0)
                self._sweep_until(at)
                with clock.at(at):
                    aside()
            self._sweep_until(moment)
            if id(tale) not in self.broken_off:
                with clock.at(moment):
                    self._try(tale, deed)
            self.letters.collect(deed.minute)
            yield Progress(done, len(self.queue), self.times.on(deed.minute), len(self.broken_off))
        self._sweep_until(start_of(self.times.today))

    def look_back(self) -> None:
        """What is left to do once everything has happened; the units answer the papers that come of it."""
        for story in self.told:
            for epilogue in story.epilogues(self.stage):
                with clock.at(epilogue.at):
                    epilogue.act()
                    self.letters.collect(self.times.minute_of(clock.now()))
                self.letters.answer_until(self.times.moment(-1))

    def _try(self, tale: Tale, deed: Deed) -> None:
        """Act; a tale some rule refuses after all stops where it is, and the others go on.

        The plan avoids it, and the tests insist that none is broken off; but somebody's first
        start on a day nobody tried must not fail for one matter.
        """
        try:
            tale.live(deed, self.stage)
        except (Refused, NotYours, StepOutOfOrder, LookupError):
            log.warning("“%s” was broken off at “%s”", tale.title, deed.move, exc_info=True)
            self.broken_off.add(id(tale))

    def _sweep_until(self, moment: datetime) -> None:
        """Let the clock and the receivers of papers do all they have to up to `moment`, each thing at its own time."""
        while (alarm := next_alarm()) and alarm <= moment:
            self.letters.answer_until(alarm)
            self.swept = max(alarm, self.swept + timedelta(seconds=1))
            with clock.at(self.swept):
                sweep()
            self.letters.collect(self.times.minute_of(self.swept))
        self.letters.answer_until(moment)
        self.swept = max(self.swept, moment)

    def _second_edition(self) -> None:
        """Half a year in: the same rules but for what each story changes, published together."""
        edition = Edition.current().copy()
        edition.title, edition.in_force_from = "年中修订授权表", self.second
        edition.save(update_fields=["title", "in_force_from"])
        amendments = [amendment for story in self.told if (amendment := story.amend(edition))]
        edition.publish(clock.now())
        changes = {name: list(pair) for amendment in amendments for name, pair in amendment.changes.items()}
        about(
            f"policies.edition/{edition.number}",
            by=self.stage.staff[people.ADMINISTRATOR],
            action="publish",
            changes={"in_force_from": [None, self.second.isoformat()], **changes},
            note="".join(amendment.note for amendment in amendments),
        )
