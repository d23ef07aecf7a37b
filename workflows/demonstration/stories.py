"""What a workflow brings to the demonstration: its story, told in a module `story` of its own app.

A `Story` plans tales, one for each of its matters: what is done, at which office minute, and with
what words. The demonstration lives through the deeds of all of them in the order of time. Each goes
through the same doors as a person's press: `begin`, `perform`, the desks.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, ClassVar

from django.utils.module_loading import autodiscover_modules

from workflows.matters.models import Comment, Matter
from workflows.matters.perform import note_down, perform
from workflows.organisation.models import Person, Unit
from workflows.organisation.offices import Capacity
from workflows.policies.models import Edition
from workflows.steps.desks import receivers, take, transfer
from workflows.steps.models import StepTask

from .cast import decider, open_task
from .office_time import OfficeTime

OPEN = "open"  # the deed a tale begins with; every other one is a move of the matter, or one of the three below


@dataclass(frozen=True)
class Stage:
    """Where all stories play: the calendar, the group and its people, the rules its year begins under."""

    times: OfficeTime
    units: Mapping[str, Unit]  # by code
    staff: Mapping[str, Person]  # by user name
    guests: frozenset[str]  # the user names one may become with one click
    edition: Edition


@dataclass(frozen=True)
class Deed:
    """One act of a tale, at its moment.

    `move` is "open", a move of the matter, or what an office does with a task: "take", "transfer",
    "comment". `word` names the list of sentences it is justified with; `answers` are those of the move
    that are known beforehand.
    """

    minute: int
    move: str
    seat: str = ""
    word: str = ""
    answers: Mapping[str, Any] = field(default_factory=dict)


@dataclass(kw_only=True)
class Tale(ABC):
    """One matter from its first line to where it stands today."""

    BY_INITIATOR: ClassVar[frozenset[str]] = frozenset()  # moves of whoever began it; any other is its office's

    number: int
    deeds: list[Deed]
    title: str = ""
    opened: Matter | None = None

    @abstractmethod
    def begin(self, stage: Stage) -> Matter:
        """Open the matter."""

    def say(self, word: str) -> str:
        """A sentence of the list named `word`; empty where nothing need be said."""
        return ""

    def answers(self, matter: Any, deed: Deed) -> dict[str, Any]:
        """What the move asks for besides an opinion. What has to be saved before is saved here."""
        return dict(deed.answers)

    def watched(self) -> AbstractContextManager[None]:
        """What a move happens in; a story that needs no path compared says so here."""
        return nullcontext()

    def live(self, deed: Deed, stage: Stage) -> None:
        """Carry one deed out, now. Raises what a person would have been told."""
        if deed.move == OPEN:
            self.opened = self.begin(stage)
            return
        matter = self.matter()
        task = open_task(matter, deed.seat)
        by = matter.initiator if deed.move in self.BY_INITIATOR else self._decider(task, matter)
        note = self.say(deed.word)
        match deed.move:
            case "take" if task:
                take(task, by=by)
            case "transfer" if task:
                colleagues = [person for person in receivers(task, by) if person.holds(task.seat)]
                transfer(task, to=colleagues[0], by=by, note=note)
            case "comment":
                comment = Comment.objects.create(matter=matter, by=by, text=note)
                note_down(matter, Capacity(by), "comment", note=comment.text)
            case _:
                answers = self.answers(matter, deed)
                with self.watched():
                    perform(getattr(matter, deed.move), by=by, note=note, seat=deed.seat, **answers)

    def matter(self) -> Any:
        """The matter as it stands now."""
        if self.opened is None:
            raise LookupError(f"“{self.title}” was never opened.")
        rows = type(self.opened)._default_manager.select_related("unit", "initiator", "policy")
        return rows.get(pk=self.opened.pk)

    def _decider(self, task: StepTask | None, matter: Matter) -> Person:
        if task is None:
            raise LookupError(f"“{self.title}” lies on nobody's desk.")
        return decider(task, matter, self.number)


@dataclass(frozen=True)
class Amendment:
    """What the second edition changes: each row before and after as the trail keeps it, and why."""

    changes: Mapping[str, tuple[Any, Any]]
    note: str


@dataclass(frozen=True)
class Epilogue:
    """What somebody does after the year, looking back at it."""

    at: datetime
    act: Callable[[], Any]


class Story(ABC):
    """One workflow's part of the demonstration."""

    @abstractmethod
    def plan(self, stage: Stage, size: int) -> Sequence[Tale]:
        """Tales none of which a rule of the house will refuse; `size` is 150 for a full year."""

    def prepare(self, stage: Stage) -> None:  # noqa: B027 - most need nothing
        """What the workflow needs besides people, posts and seals, on the day the group begins."""

    def amend(self, edition: Edition) -> Amendment | None:
        """Change the workflow's rows of the second edition, half a year in."""
        return None

    def epilogues(self, stage: Stage) -> Iterator[Epilogue]:
        """What is done once the year is lived through."""
        return iter(())


_stories: list[Story] = []


def register(story: Story) -> None:
    _stories.append(story)


def stories() -> list[Story]:
    """Those of all installed workflows, in the order of the apps."""
    autodiscover_modules("story")
    return list(_stories)
