"""Facts as papers write them, looked through before a number is taken: what could never be printed is never numbered.

A name no font can draw is replaced by its form for print, wherever in the facts it stands. What then
is left is refused, with words for the person who was about to sign; where nobody is there to be told,
on what the clock issues and on what the office says of earlier papers, the code point stands for the
character. The common paper has nothing of the kind, and costs a look at each of its characters.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import partial, reduce
from operator import or_
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error
from django.db.models import Q
from django.utils.translation import gettext as _

from workflows.matters.errors import Refused
from workflows.organisation.legible import named
from workflows.organisation.models import Person, Post, Unit

from .faces.fonts import NoFonts, unprintable
from .looks import MOST_CHARACTERS, unbroken
from .press.page import visible
from .press.seals import lacking

EXCERPT = 40  # characters of a text that are told


def checked(facts: dict[str, Any]) -> dict[str, Any]:
    """The facts with every name in its form for print. Raises Refused where they could not be printed all the same."""
    facts = in_writing(facts)
    shown = list(texts(visible(facts)))
    if lost := unprintable("".join(shown)):
        raise Refused(_illegible(next(text for text in shown if set(lost) & set(text))))
    if (length := sum(map(len, shown))) > MOST_CHARACTERS:
        told = _("The paper cannot be issued: its text has %(count)s characters, and at most %(most)s can be printed.")
        raise Refused(told % {"count": length, "most": MOST_CHARACTERS})
    if run := next(filter(None, map(unbroken, shown)), ""):
        told = _(
            "The paper cannot be issued: “%(text)s …” goes on for %(count)s characters with no place to break the line."
        )
        raise Refused(told % {"text": run[:EXCERPT], "count": len(run)})
    return facts


def check_group_name(**_: Any) -> list[CheckMessage]:
    """The name of the group stands on every paper, and nobody types it into a form."""
    try:
        lost = unprintable(settings.GROUP_NAME)
    except NoFonts:  # the set-up is not that far yet
        return []
    told = f"GROUP_NAME holds {named(lost)}, which no font can draw: no paper could be issued."
    return [Error(told, hint="Write the name as papers are to write it.", id="documents.E010")] if lost else []


def checked_seal(words: str) -> None:
    """Raises Refused where a seal cannot be drawn."""
    if lost := lacking(words):
        told = _(
            "The paper cannot be issued: its seal “%(seal)s” holds %(characters)s, which no font can draw."
            " Please ask a clerk to put another seal in force."
        )
        raise Refused(told % {"seal": words, "characters": named(lost)})


def in_writing(value: Any) -> Any:
    """Every name that no font can draw in its form for print; one of before, which has none, with its code points.

    Asks the database only where there is such a name.
    """
    lost = unprintable("".join(texts(value)))
    if not lost:
        return value
    forms = {
        name: printed
        for model in (Person, Unit)
        for name, printed in model._default_manager.exclude(print_name="").values_list("name", "print_name")
    }
    holds = reduce(or_, (Q(once_called__contains=char) for char in lost))
    for model in (Person, Unit, Post):
        for once_called in model._default_manager.filter(holds).values_list("once_called", flat=True):
            for name in once_called.split("\n"):
                forms.setdefault(name, _numbered(name, frozenset(unprintable(name))))
    return replaced(value, forms)


def replaced(value: Any, forms: Mapping[str, str]) -> Any:
    """`value` with every occurrence of each key of `forms` in all its texts replaced; the longest keys first."""
    ordered = sorted(forms.items(), key=lambda pair: -len(pair[0]))
    return _each_text(value, lambda text: reduce(lambda said, pair: said.replace(*pair), ordered, text))


def by_number(value: Any) -> Any:
    """`value` with every character that no font can draw as its code point: what stood there is still told."""
    return _each_text(value, partial(_numbered, lost=frozenset(strange(value))))


def _numbered(text: str, lost: frozenset[str]) -> str:
    return "".join(f"(U+{ord(char):04X})" if char in lost else char for char in text) if lost else text


def strange(value: Any) -> list[str]:
    """The characters in all texts of `value` that paper would show and no font can draw."""
    return unprintable("".join(texts(visible(value))))


def texts(value: Any) -> Iterator[str]:
    """Every text in a value of JSON, in its order; not the names of its parts."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for inner in value.values():
            yield from texts(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from texts(inner)


def _each_text(value: Any, change: Callable[[str], str]) -> Any:
    if isinstance(value, str):
        return change(value)
    if isinstance(value, Mapping):
        return {name: _each_text(inner, change) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_each_text(inner, change) for inner in value]
    return value


def _illegible(text: str) -> str:
    """What holds which character, and whom to ask."""
    lost = unprintable(text)
    holds = Q()
    for char in lost:
        holds |= Q(name__contains=char)
    names = [row.name for model in (Person, Unit) for row in model._default_manager.filter(holds)]
    at = max(0, text.index(lost[0]) - EXCERPT // 2)
    values = {"characters": named(lost), "text": text[at : at + EXCERPT]}
    if name := next((name for name in names if name in text), ""):
        return _(
            "The paper cannot be issued: no font can draw %(characters)s in the name “%(name)s”."
            " Please ask an administrator to enter how papers are to write this name, and decide again after that."
        ) % {**values, "name": name}
    return (
        _(
            "The paper cannot be issued: no font can draw %(characters)s in “%(text)s”."
            " Whoever wrote it has to put it in words; please return it to them."
        )
        % values
    )
