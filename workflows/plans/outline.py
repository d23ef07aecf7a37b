"""The outline of a plan: parts, topics, items, and who owns each topic. Values only, no row of a database."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import date
from typing import Any

from django.db.models import TextChoices
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from workflows.organisation.calendar import WorkingCalendar


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
    unit: int | None  # primary key
    person: int | None  # primary key
    words: str


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


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
    carried: str = ""  # reference of the topic of an earlier plan that it goes on with

    def content(self) -> dict[str, Any]:
        """As JSON; `from_content` reads it back."""
        found = asdict(self)
        found["due"] = self.due.isoformat() if self.due else None
        for item in found["items"]:
            item["due"] = item["due"].isoformat() if item["due"] else None
        return {**found, **{name: list(found[name]) for name in ("items", "leads", "assistants")}}

    @classmethod
    def from_content(cls, content: Mapping[str, Any]) -> Topic:
        return cls(
            **{name: content[name] for name in ("number", "title", "aim", "carried")},
            due=_day(content["due"]),
            items=tuple(Item(row["number"], row["words"], _day(row["due"])) for row in content["items"]),
            leads=tuple(Owner(**row) for row in content["leads"]),
            assistants=tuple(Owner(**row) for row in content["assistants"]),
        )

    def numbered(self, number: int) -> Topic:
        """With that number, its items counted under it."""
        items = tuple(replace(item, number=f"{number}.{n}") for n, item in enumerate(self.items, 1))
        return replace(self, number=str(number), items=items)

    def with_owners(self, owners: Iterable[Owner], due: date | None) -> Topic:
        every = list(owners)
        leads = sorted((owner for owner in every if owner.kind == Kind.LEAD), key=lambda owner: owner.rank)
        return replace(self, leads=tuple(leads), assistants=tuple(o for o in every if o.kind != Kind.LEAD), due=due)

    def carried_from(self, reference: str) -> Topic:
        """For the next plan: the same owners, no day yet."""
        items = tuple(replace(item, due=None) for item in self.items)
        return replace(self, due=None, items=items, carried=reference)

    def faults(self, today: date, calendar: WorkingCalendar, ends: date | None) -> list[str]:
        """What keeps it from being launched in a plan that ends then, in words."""
        found = []
        if self.due and ends and self.due > ends:
            found.append(gettext("The plan ends on %(day)s.") % {"day": ends})
        if not self.leads or self.leads[0].rank != 1 or self.leads[0].person is None:
            found.append(gettext("It has no lead owner 1."))
        if self.due is None:
            found.append(gettext("It has no due date."))
        for due in [self.due, *(item.due for item in self.items)]:
            if due and due < today:
                found.append(gettext("%(day)s has passed.") % {"day": due})
            elif due and not calendar.is_working(due):
                found.append(gettext("%(day)s is a rest day.") % {"day": due})
        people = [owner.person for owner in self.leads if owner.person]
        if len(people) != len(set(people)):
            found.append(gettext("One person is lead owner twice."))
        return found


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

    def content(self) -> dict[str, Any]:
        return {
            "parts": [
                {"number": part.number, "title": part.title, "topics": [topic.content() for topic in part.topics]}
                for part in self.parts
            ]
        }

    @classmethod
    def from_content(cls, content: Mapping[str, Any]) -> Outline:
        return cls(
            tuple(
                Part(part["number"], part["title"], tuple(Topic.from_content(row) for row in part["topics"]))
                for part in content.get("parts", [])
            )
        )

    @classmethod
    def of(cls, parts: Iterable[tuple[str, Iterable[Topic]]]) -> Outline:
        """Title and topics of each part: parts without topics go, and everything is numbered."""
        made: list[Part] = []
        number = 0
        for title, topics in parts:
            numbered = []
            for topic in topics:
                number += 1
                numbered.append(topic.numbered(number))
            if numbered:
                made.append(Part(str(len(made) + 1), title, tuple(numbered)))
        return cls(tuple(made))

    def with_topic(self, topic: Topic, part: str, place: int | None) -> Outline:
        """With `topic` at the end of the part of that title, or instead of the topic numbered `place`."""
        rows = [(one.title, list(one.topics)) for one in self.parts]
        if place is not None:
            for title, topics in rows:
                for at, one in enumerate(topics):
                    if one.number == str(place):
                        if title == part:
                            topics[at] = topic
                            return Outline.of(rows)
                        del topics[at]
                        break
        into = next((topics for title, topics in rows if title == part), None)
        if into is None:
            rows.append((part, [topic]))
        else:
            into.append(topic)
        return Outline.of(rows)

    def without_topic(self, place: int) -> Outline:
        return Outline.of((part.title, [t for t in part.topics if t.number != str(place)]) for part in self.parts)

    def replaced(self, now: Mapping[int, Topic]) -> Outline:
        """With the topics given by number in the place of those here."""
        return Outline(
            tuple(
                replace(part, topics=tuple(now.get(int(topic.number), topic) for topic in part.topics))
                for part in self.parts
            )
        )

    def faults(self, today: date, calendar: WorkingCalendar, ends: date | None) -> list[tuple[str, str]]:
        """(place, message) of whatever keeps the plan from being launched."""
        found = [] if self.parts else [("", gettext("The plan has no topic yet."))]
        titles: dict[str, str] = {}
        for topic in self.topics():
            place = f"{topic.number}. {topic.title}"
            found += [(place, message) for message in topic.faults(today, calendar, ends)]
            if topic.title in titles:
                found.append((place, gettext("Topic %(number)s is called so, too.") % {"number": titles[topic.title]}))
            titles.setdefault(topic.title, topic.number)
        return found
