"""What the desk knows of a workflow: one value, which the workflow registers for its kind of matter.

    register(Errand, Pages(new=[New(_("Run an errand"), "errands:run", may_run)], sections=[...], ...))

stands in `workflows/<name>/pages.py`, which is loaded when the project starts, as the admin loads
`admin.py`. Everything may be left out: a workflow that registers nothing has a page for each of its
matters, lists, a trail and a picture all the same.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.urls import NoReverseMatch, URLPattern, URLResolver, include, path, reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from forms.decisions import DecisionForm
from forms.declared import declared_for
from workflows.matters.models import Attachment, Matter
from workflows.matters.moves import moves_of
from workflows.organisation.standing import Standing
from workflows.steps.drawing import Drawing, place

from .request import DeskRequest

Words = str | Promise


@dataclass(frozen=True)
class New:
    """One entry “New …”: where a matter is begun, and who may."""

    label: Words
    address: str  # the name of the page
    may: Callable[[Standing], bool]


@dataclass(frozen=True)
class Section:
    """One section of a matter's page, behind its tab."""

    key: str  # in the address: ?tab=key
    label: Words
    template: str
    context: Callable[[DeskRequest, Any], Mapping[str, Any]] = lambda _request, _matter: {}
    shown: Callable[[Any], bool] = lambda _matter: True
    count: Callable[[Any], int] = lambda _matter: 0  # the number beside the tab; 0 is not written


@dataclass(frozen=True)
class Pages:
    """What a workflow brings to the desk. Functions of a matter are given the workflow's own object."""

    new: Sequence[New] = ()
    addresses: Sequence[URLPattern] = ()  # of its own pages, named in the namespace of its app
    own_pages: Mapping[str, str] = field(default_factory=dict)  # move → the name of the page it is made on
    sections: Sequence[Section] = ()  # the first is what the matter says; the others follow the discussion
    lists_children: bool = False  # a section of its own lists them, so the house need not
    comparison: str = ""  # the key of the section that compares two versions, asked for with ?from=…&to=…
    kind_words: Callable[[Any], str] = lambda matter: str(matter._meta.verbose_name)  # what sort of matter it is
    head: str = "desk/matter/head.html"  # what the head shows behind unit and initiator
    label: Callable[[str], str] = lambda _name: ""  # of a field in a difference; "": the house's word
    spoken: Callable[[str, Any], str | None] = lambda _name, _value: None  # its value; None: as the house says it
    purpose: Callable[[Collection[str]], str] = lambda _moves: Attachment.Purpose.DISCUSSION
    # ↑ what a file is for that somebody attaches who may now make these moves
    drawing: Drawing | None = None  # None: read from the machine


NOTHING_OF_ITS_OWN = Pages()
_registered: dict[str, tuple[type[Matter], Pages]] = {}


def register(machine: type[Matter], pages: Pages) -> None:
    """Give the desk the pages of `machine`'s kind of matter."""
    _registered[machine.KIND] = machine, pages
    if pages.drawing:
        place(machine.KIND, pages.drawing)


def pages_of(kind: str) -> Pages:
    """What was registered for this kind of matter; the defaults where nothing was."""
    _machine, pages = _registered.get(kind, (None, NOTHING_OF_ITS_OWN))
    return pages


def addresses() -> list[URLResolver]:
    """The workflows' own pages, each under the namespace of its app."""
    return [
        path("", include((list(pages.addresses), machine._meta.app_label)))
        for machine, pages in _registered.values()
        if pages.addresses
    ]


def may_begin(standing: Standing) -> list[New]:
    """The entries “New …” of the person, in the order of the installed apps."""
    return [new for _machine, pages in _registered.values() for new in pages.new if new.may(standing)]


# --- what can be wrong -----------------------------------------------------------------------------------


def faults(machine: type[Matter]) -> list[str]:
    """What is wrong with what the workflow registered, in words; empty when nothing is."""
    pages, moves = pages_of(machine.KIND), moves_of(machine)
    places: Collection[str] = () if pages.drawing is None else {*map(str, pages.drawing.way), *pages.drawing.aside}
    return [
        *(
            _("A page is registered for the move %(move)s, which does not exist.") % {"move": name}
            for name in pages.own_pages
            if name not in moves
        ),
        *(
            _("The form of the move %(move)s needs a page of its own, and none is registered.") % {"move": name}
            for name, form in declared_for(machine.KIND).items()
            if name in moves and not issubclass(form, DecisionForm) and name not in pages.own_pages
        ),
        *(
            _("No page is called %(name)s.") % {"name": name}
            for name in _unknown([*pages.own_pages.values()], with_reference=True)
            + _unknown([new.address for new in pages.new], with_reference=False)
        ),
        *(
            [_("The versions are compared in the section %(key)s, which does not exist.") % {"key": pages.comparison}]
            if pages.comparison and pages.comparison not in {section.key for section in pages.sections}
            else []
        ),
        *(
            _("The drawing has no place for the state %(state)s.") % {"state": state}
            for state in (machine.State.values if places else ())
            if state not in places
        ),
    ]


def _unknown(names: Iterable[str], *, with_reference: bool) -> list[str]:
    def leads_nowhere(name: str) -> bool:
        try:
            reverse(name, args=["X-2000-0001"] if with_reference else [])
        except NoReverseMatch:
            return True
        return False

    return [name for name in names if leads_nowhere(name)]
