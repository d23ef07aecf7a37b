"""The outline of a plan: parts, topics, items, and who owns each topic. Values only, no row of a database."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class Kind(TextChoices):
    LEAD = "lead", _("lead owner")
    AUTHOR = "author", _("author")
    DATA = "data", _("data provider")
    ADVICE = "advice", _("adviser")


@dataclass(frozen=True)
class Owner:
    """`rank`: 1, 2, 3 of a lead owner, 0 of an assisting one. `words`: as typed; without unit and person kept as text."""

    kind: str
    rank: int
    unit: int | None
    person: int | None
    words: str


@dataclass(frozen=True)
class Item:
    number: str
    words: str
    due: date | None


@dataclass(frozen=True)
class Topic:
    number: str
    title: str
    aim: str
    due: date | None
    items: tuple[Item, ...]
    leads: tuple[Owner, ...]
    assistants: tuple[Owner, ...]
    carried: str = ""


@dataclass(frozen=True)
class Part:
    number: str
    title: str
    topics: tuple[Topic, ...]


@dataclass(frozen=True)
class Outline:
    parts: tuple[Part, ...]

    def topics(self) -> list[Topic]:
        """Every topic, in order."""
        return [topic for part in self.parts for topic in part.topics]
