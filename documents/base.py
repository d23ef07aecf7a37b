"""How a kind of document is declared: one class, one template.

`facts` turns a matter into plain, frozen data (strings, numbers, lists, dicts: what JSON holds);
the template sees those facts and nothing else, so the same facts give the same page for ever.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import override

from workflows.matters.perform import Act
from workflows.organisation.models import Unit

from .looks import Look

if TYPE_CHECKING:
    from .models import IssuedDocument

_kinds: dict[str, type[Document]] = {}


class Document:
    """One kind of document. Subclasses are registered by their `kind`."""

    kind: ClassVar[str] = ""
    title: ClassVar[str | Promise] = ""
    template: ClassVar[str] = ""
    family: ClassVar[str] = "sheet"  # how it looks: one of looks.FAMILIES
    series: ClassVar[str] = ""  # the code of its number series; empty: it carries no number
    whole: ClassVar[tuple[str, ...]] = ("group", "unit")  # facts whose words the title's lines do not part
    sealed: ClassVar[bool] = False  # bears the standing seal of whoever issues it, if there is one

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        if cls.kind:
            _kinds[cls.kind] = cls

    @classmethod
    def look(cls, language: str) -> Look:
        with override(language):
            return Look(cls.kind, language, str(cls.title), cls.family, cls.template, cls.whole)

    @classmethod
    def facts(cls, act: Act) -> Mapping[str, Any]:
        """Everything the page prints but number, code and check address, which `issue` adds. Money: CNY strings."""
        raise NotImplementedError

    @classmethod
    def title_for(cls, act: Act) -> str:
        """The document's own title, in the active language."""
        return cls.titled(act.matter.title)

    @classmethod
    def titled(cls, matter: str) -> str:
        """What the document is and what it is about: how one is called whose kind says nothing better."""
        return _("%(kind)s: %(matter)s") % {"kind": cls.title, "matter": matter}

    @classmethod
    def recipients(cls, act: Act) -> list[tuple[Unit, str]]:
        """The units that are sent the document as it is issued, each with its `Receipt.Purpose`."""
        return []

    @classmethod
    def each(cls, act: Act) -> Sequence[Any]:
        """For whom a paper of its own is made; one, for nobody in particular, unless the kind says otherwise."""
        return [None]

    @classmethod
    def facts_for(cls, act: Act, one: Any) -> Mapping[str, Any]:
        """The facts of the paper made for one of `each`."""
        return cls.facts(act)

    @classmethod
    def recipients_for(cls, act: Act, one: Any) -> list[tuple[Unit, str]]:
        return cls.recipients(act)

    @classmethod
    def takes_the_place_of(cls, act: Act, earlier: IssuedDocument) -> bool:
        """Whether the document issued for this act makes `earlier`, of the same kind and matter, void."""
        return False


def kinds() -> dict[str, type[Document]]:
    """Kind → class of every declared document."""
    return dict(_kinds)


def kind_of(kind: str) -> type[Document]:
    return _kinds[kind]
