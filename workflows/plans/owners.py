"""Who is meant by what somebody typed: a name, a name with a unit, or the title of a post.

Nobody is guessed: where two people are called so, both are told, and the writer says which.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from django.db.models import Q
from django.utils.translation import gettext as _

from workflows.organisation import clock
from workflows.organisation.models import Person, Post, in_force

BETWEEN = re.compile(r"[、，,；;/\n]+")
_WITH_UNIT = re.compile(r"^(?P<name>[^·（(@]+?)\s*[·（(@]\s*(?P<unit>[^）)]+?)\s*[）)]?$")
_ROLES = re.compile(r"各[^、，]*(负责人|店总|经理|主管)")


@dataclass(frozen=True)
class Found:
    """A person in the unit where they hold a post; or why nobody was found."""

    words: str
    person: Person | None = None
    post: Post | None = None
    why: str = ""


def parted(text: str) -> list[str]:
    """The names in a text, whatever they are separated by."""
    return [part.strip() for part in BETWEEN.split(unicodedata.normalize("NFC", text)) if part.strip()]


def find(words: str) -> Found:
    """Who is meant by `words`, today."""
    words = words.strip()
    match = _WITH_UNIT.match(words)
    name, unit = (match["name"], match["unit"]) if match else (words, "")
    posts = Post.objects.filter(in_force(clock.today()), person__is_active=True).select_related("person", "unit")
    called = posts.filter(Q(person__name=name) | Q(person__name_en__iexact=name))
    if unit:
        called = called.filter(Q(unit__name=unit) | Q(unit__name_en__iexact=unit) | Q(unit__code__iexact=unit))
    found = list(called.order_by("starts_on", "pk"))
    if not found and not unit:
        found = list(posts.filter(Q(title=words) | Q(title_en__iexact=words)).order_by("pk"))
    people = list(dict.fromkeys(post.person for post in found))
    if len(people) == 1:
        return Found(words, people[0], found[0])
    if people:
        both = _(", ").join(f"{post.person}·{post.unit}" for post in found[:6])
        return Found(words, why=_("Several people are called so: %(people)s. Please write which.") % {"people": both})
    if Person.objects.filter(Q(name=name) | Q(name_en__iexact=name), is_active=False).exists():
        return Found(words, why=_("%(name)s has left.") % {"name": name})
    if _ROLES.search(words):
        return Found(words, why=_("“%(words)s” names no single person.") % {"words": words})
    return Found(words, why=_("Nobody is called “%(words)s”. Write the name, or the name·unit.") % {"words": words})
