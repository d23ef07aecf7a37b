"""What other rooms put where everybody sees it: entries of the rail, and notes above the list of what waits.

The desk shows both without knowing whose they are. A room registers its own when its app is ready.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import IntEnum

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from workflows.organisation.roles import Role
from workflows.organisation.standing import Standing

Words = str | Promise
Wanted = Callable[[Standing], bool]


class Heading(IntEnum):
    """Where on the rail an entry stands; LISTS is the bar that a phone shows at the bottom of every page."""

    LISTS = 0
    PAPERS = 1
    RECORDS = 2
    HOUSE = 3


TITLES: dict[Heading, Words] = {
    Heading.LISTS: "",
    Heading.PAPERS: _("Papers"),
    Heading.RECORDS: _("Records"),
    Heading.HOUSE: _("House"),
}


def everybody(standing: Standing) -> bool:
    return True


def holds(role: Role) -> Wanted:
    """For whoever has a post of their own in this role."""

    def wanted(standing: Standing) -> bool:
        return any(post.role == role for post in standing.posts)

    return wanted


@dataclass(frozen=True)
class Entry:
    """One link of the rail; `place` orders those under one heading."""

    heading: Heading
    place: int
    page: str  # the view's full name
    label: Words
    icon: str  # a template
    wanted: Wanted = everybody
    badge: str = ""  # a template for the number behind the label
    around: frozenset[str] = frozenset()  # further views that belong to it

    @property
    def address(self) -> str:
        return reverse(self.page)


@dataclass(frozen=True)
class Link:
    """An entry on the page somebody has open."""

    entry: Entry
    current: bool


@dataclass(frozen=True)
class Group:
    """The entries under one heading."""

    title: Words
    links: list[Link]


_entries: dict[str, Entry] = {}
_notes: list[str] = []


def register(entries: Iterable[Entry]) -> None:
    _entries.update((entry.page, entry) for entry in entries)


def register_note(template: str) -> None:
    """A template shown above the list of what waits for me; it says nothing where it has nothing to say."""
    if template not in _notes:
        _notes.append(template)


def notes() -> list[str]:
    return list(_notes)


class Rail:
    """What one person may go to from the page they have open. Asks nothing before it is drawn."""

    def __init__(self, standing: Standing, here: str) -> None:
        self.standing, self.here = standing, here

    @property
    def lists(self) -> list[Link]:
        return self._links(Heading.LISTS)

    @property
    def groups(self) -> list[Group]:
        """The other headings, without those that hold nothing for this person."""
        found = ((heading, self._links(heading)) for heading in Heading if heading != Heading.LISTS)
        return [Group(TITLES[heading], links) for heading, links in found if links]

    def _links(self, heading: Heading) -> list[Link]:
        mine = [entry for entry in _entries.values() if entry.heading == heading and entry.wanted(self.standing)]
        return [
            Link(entry, self.here == entry.page or self.here in entry.around)
            for entry in sorted(mine, key=lambda entry: entry.place)
        ]
