"""Builds the demonstration: an invented group, and a year of its campaigns lived through on a moved clock.

Every act goes through the same doors as a person's: `begin`, `perform`, the desks, the sweep. The
whole year is one transaction, so a build that was interrupted leaves nothing behind.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.utils import timezone

from documents.models import IssuedDocument, Rendition
from documents.registry.sealing import put_in_force
from documents.registry.voiding import void
from workflows.campaigns.models import Campaign, Paper, State
from workflows.desk.paths import nobody_looks
from workflows.matters.errors import NotYours, Refused, StepOutOfOrder
from workflows.matters.models import Comment
from workflows.matters.perform import begin, note_down, perform
from workflows.organisation import clock
from workflows.organisation.calendar import DAY, WorkingCalendar, start_of
from workflows.organisation.models import Person, Post, StandIn, Unit, in_force
from workflows.organisation.offices import Capacity
from workflows.organisation.roles import Role
from workflows.policies.defaults import first_edition
from workflows.policies.models import Edition
from workflows.steps.desks import receivers, take, transfer
from workflows.steps.models import Candidate, StepTask
from workflows.steps.rehearse import stand_in_of
from workflows.steps.sweep import next_alarm, settle_all, sweep
from workflows.trail.record import about

from . import people
from .letters import Letters
from .paper import Setting, changed, declaration, evaluation, report, revised
from .words import WORDS
from .year import OFFICE_DAY, Deed, OfficeTime, Story, plan

log = logging.getLogger(__name__)

SEED = 20_240_901
LIMIT_RAISED_TO = Decimal(250_000)  # what the second edition changes: the vice-president's limit, CNY
COMPARED = frozenset({"signature", "transferred", "countersign_half", "region_review_vacant"})
INITIATORS = frozenset(
    {"open", "submit", "withdraw", "discard", "change", "drop_change", "ask_cancel", "keep", "start", "hand_in"}
)


@dataclass(frozen=True)
class Progress:
    """How far the build is: acts done of acts planned, the day lived through, stories broken off."""

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
        second = _day_of_second_edition(today)
        stories = plan(times, size, Random(SEED), edition)  # noqa: S311 - a story, not a secret
        year = _Year(times, staff, stories, second)
        yield from year.live()
        _void_one(staff[people.CLERK], times, year.letters)
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
    StandIn.objects.create(
        principal=staff[people.SOUTH_MANAGER],
        deputy=staff[people.SOUTH_DEPUTY],
        workflow=Campaign.KIND,
        reason="年度休假",
        starts_on=times.on(-72 * OFFICE_DAY),
        ends_on=times.on(-60 * OFFICE_DAY),
    )
    day = WorkingCalendar.load().next_working_day(clock.today())
    with clock.at(start_of(day) + timedelta(hours=10, minutes=15)):
        _seals(units, staff[people.CLERK])
    return staff


def _seals(units: dict[str, Unit], clerk: Person) -> None:
    """The group's seal, one for every region, and for every store one for its campaigns only."""
    group = units[people.UNITS[0][0]]
    for unit in units.values():
        if unit.kind != Unit.Kind.DEPARTMENT:
            name = group.name if unit == group else f"{group.name}{unit.name}"
            below = "企划专用章" if unit.kind == Unit.Kind.STORE else ""
            put_in_force(unit, name, below, capacity=Capacity(clerk, clerk.posts.get()))


def _void_one(clerk: Person, times: OfficeTime, letters: Letters) -> None:
    """A circular whose campaign was called off: the clerk voids it, as people forget to do; its units take note."""
    circulars = IssuedDocument.objects.filter(kind=Paper.CIRCULAR, matter__state=State.CANCELLED)
    ended_before = start_of(times.today - 14 * DAY)
    circular = circulars.filter(language="zh-hans", matter__closed_at__lt=ended_before).order_by("-issued_at").first()
    if circular and circular.matter and circular.matter.closed_at:
        day = WorkingCalendar.load().next_working_day(timezone.localdate(circular.matter.closed_at))
        with clock.at(start_of(day) + timedelta(hours=9, minutes=40)):
            void(circular, by=clerk, reason="活动已取消，原批复同时作废，请各单位停止传阅使用。")
            letters.collect(times.minute_of(clock.now()))
        letters.answer_until(times.moment(-1))


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

    def __init__(self, times: OfficeTime, staff: dict[str, Person], stories: list[Story], second: date) -> None:
        self.times, self.staff, self.second = times, staff, second
        self.units = {unit.code: unit for unit in Unit.objects.all()}
        self.broken_off: set[int] = set()
        self.opened: dict[int, int] = {}  # story → campaign
        self.queue = sorted(
            ((deed.minute, story.number, order), story, deed)
            for story in stories
            for order, deed in enumerate(story.deeds)
        )
        self.swept = start_of(times.today - 475 * DAY)
        self.letters = Letters(times)

    def live(self) -> Iterator[Progress]:
        published = start_of(self.second - 9 * DAY) + timedelta(hours=10, minutes=20)
        vacated = start_of(self.times.on(people.VACANT_SINCE * OFFICE_DAY) + DAY) + timedelta(hours=9)
        asides = [(published, self._second_edition), (vacated, settle_all)]
        self.letters.make_lists()
        for done, (_order, story, deed) in enumerate(self.queue, 1):
            moment = self.times.moment(deed.minute)
            while asides and asides[0][0] <= moment:
                at, aside = asides.pop(0)
                self._sweep_until(at)
                with clock.at(at):
                    aside()
            self._sweep_until(moment)
            if story.number not in self.broken_off:
                with clock.at(moment):
                    self._try(story, deed)
            self.letters.collect(deed.minute)
            yield Progress(done, len(self.queue), self.times.on(deed.minute), len(self.broken_off))
        self._sweep_until(start_of(self.times.today))

    def _try(self, story: Story, deed: Deed) -> None:
        """Act; a story some rule refuses after all stops where it is, and the others go on.

        The plan avoids it, and the tests insist that none is broken off; but somebody's first
        start on a day nobody tried must not fail for one campaign.
        """
        try:
            self._act(story, deed)
        except (Refused, NotYours, StepOutOfOrder, LookupError):
            log.warning("“%s” was broken off at “%s”", story.title, deed.move, exc_info=True)
            self.broken_off.add(story.number)

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
        """Half a year in: the same rules, but the vice-president may sign more."""
        administrator = self.staff[people.ADMINISTRATOR]
        edition = Edition.current().copy()
        edition.title, edition.in_force_from = "年中修订授权表", self.second
        edition.save(update_fields=["title", "in_force_from"])
        limit = edition.limits.get(workflow=Campaign.KIND, role=Role.VICE_PRESIDENT)
        before, limit.up_to = limit.up_to, LIMIT_RAISED_TO
        limit.save(update_fields=["up_to"])
        edition.publish(clock.now())
        about(
            f"policies.edition/{edition.number}",
            by=administrator,
            action="publish",
            changes={
                "in_force_from": [None, self.second.isoformat()],
                f"limits.{Role.VICE_PRESIDENT}": [str(before), str(LIMIT_RAISED_TO)],
            },
            note="业务量增长，分管副总裁签发限额由二十万元调至二十五万元。",
        )

    # --- one act ------------------------------------------------------------------------------------------

    def _act(self, story: Story, deed: Deed) -> None:
        if deed.move == "open":
            self._open(story)
            return
        campaign = Campaign.objects.select_related("unit", "initiator", "policy").get(pk=self.opened[story.number])
        task = self._task(campaign, deed.seat)
        if deed.move in INITIATORS:
            by = campaign.initiator
        else:
            assert task
            by = self._decider(task, campaign, story)
        note = self._say(story, deed.word)
        match deed.move:
            case "take":
                assert task
                take(task, by=by)
            case "transfer":
                assert task
                colleagues = [person for person in receivers(task, by) if person.holds(task.seat)]
                transfer(task, to=colleagues[0], by=by, note=note)
            case "comment":
                self._comment(campaign, by, note)
            case _:
                self._perform(story, deed, campaign, by, note)

    def _open(self, story: Story) -> None:
        unit = self.units[story.unit]
        by = self._planner(story, unit)
        campaign = Campaign(unit=unit, language=story.theme.language)
        declared = declaration(story.sketch, self._setting(story, unit, by), story.random)
        campaign.title = declared.title
        begin(campaign, by=by, declaration=declared)
        self.opened[story.number] = campaign.pk

    def _perform(self, story: Story, deed: Deed, campaign: Campaign, by: Person, note: str) -> None:
        answers: dict[str, Any] = {}
        match deed.move:
            case "submit" if campaign.submitted_at:
                cheaper = revised(campaign.declared, story.sketch)
                perform(campaign.save_draft, by=by, declaration=cheaper)
            case "send_back":
                answers["straight"] = deed.straight
            case "change":
                declared = campaign.declared
                answers["declaration"] = changed(declared, clock.today(), campaign.language, story.random)
            case "hand_in":
                answers["report"] = report(campaign.declared, story.theme, story.random)
            case "score":
                weights = campaign.policy.weight_table(Campaign.KIND)
                answers["evaluation"] = evaluation(campaign, weights, story.random)
        # a rehearsal takes as long as eight acts, so only a few are compared with their path
        with nullcontext() if story.fate in COMPARED else nobody_looks():
            perform(getattr(campaign, deed.move), by=by, note=note, seat=deed.seat, **answers)

    def _comment(self, campaign: Campaign, by: Person, text: str) -> None:
        comment = Comment.objects.create(matter=campaign, by=by, text=text)
        note_down(campaign, Capacity(by), "comment", note=comment.text)

    # --- who and with what words ------------------------------------------------------------------------

    def _planner(self, story: Story, unit: Unit) -> Person:
        """One of the unit's planners; at home the one a guest may become, while it still waits for them."""
        posts = Post.objects.filter(in_force(clock.today()), role=Role.PLANNER, unit=unit).order_by("pk")
        planners = [post.person for post in posts.select_related("person")]
        guests = {username for username, _zh, _en in people.ONE_CLICK}
        at_home = [planner for planner in planners if planner.username in guests]
        waits = story.fate in ("draft", "returned", "withdrawn", "reporting")
        return at_home[0] if at_home and waits else planners[story.number % len(planners)]

    def _task(self, campaign: Campaign, seat: str) -> StepTask | None:
        return StepTask.objects.filter(matter=campaign.pk, closed_at=None, seat=seat).select_related("taken_by").first()

    def _decider(self, task: StepTask, campaign: Campaign, story: Story) -> Person:
        """Who decides: whoever took it, else one of the office; the stand-in while one is appointed."""
        if task.taken_by:
            return task.taken_by
        for row in task.candidates.select_related("person").order_by("pk"):
            holders = self._holders(row, task)
            if holders:
                person = holders[story.number % len(holders)]
                deputy = stand_in_of(person, campaign.kind)
                return deputy if deputy and deputy != campaign.initiator else person
        raise LookupError(f"Nobody may decide {task}.")

    def _holders(self, row: Candidate, task: StepTask) -> list[Person]:
        if row.person:
            return [row.person]
        posts = Post.objects.filter(in_force(clock.today()), role=row.role, unit=row.unit_id, person__is_active=True)
        people_there = dict.fromkeys(post.person for post in posts.select_related("person").order_by("pk"))
        return [person for person in people_there if person.pk not in task.barred]

    def _say(self, story: Story, word: str) -> str:
        return story.random.choice(WORDS[story.theme.language].get(word, ("",)))

    def _setting(self, story: Story, unit: Unit, by: Person) -> Setting:
        english = story.theme.language == "en"
        unit_name = unit.name_en if english else unit.name
        team = [by, *self._team(unit, by)]
        return Setting(
            title=f"{story.title} at {unit_name}" if english else f"{unit_name}{story.title}",
            starts_on=story.starts_on,
            ends_on=story.ends_on,
            submitted_on=self.times.on(max(story.submissions, default=-1)),
            names=tuple(person.name_en if english else person.name for person in team),
        )

    def _team(self, unit: Unit, by: Person) -> list[Person]:
        """Up to three colleagues of the unit, its manager first."""
        posts = Post.objects.filter(in_force(clock.today()), unit=unit).exclude(person=by)
        posts = posts.order_by(F("role").desc(), "pk").select_related("person")
        return list(dict.fromkeys(post.person for post in posts))[:3]
