"""How a kind of document is declared: one class, one template.

`facts` turns a matter into plain, frozen data (strings, numbers, lists, dicts: what JSON holds);
the template sees those facts and nothing else, so the same facts give the same page for ever.
"""

from __future__ import annotations

from typing import Any, ClassVar

from django.utils.functional import Promise

from workflows.matters.perform import Act

_kinds: dict[str, type[Document]] = {}


class Document:
    """One kind of document. Subclasses are registered by their `kind`."""

    kind: ClassVar[str] = ""
    title: ClassVar[str | Promise] = ""
    template: ClassVar[str] = ""
    series: ClassVar[str] = ""  # the code of its number series; empty: it carries no number

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        if cls.kind:
            _kinds[cls.kind] = cls

    @classmethod
    def facts(cls, act: Act) -> dict[str, Any]:
        """Everything the page prints, except number and code, which `issue` adds. Money: CNY strings."""
        raise NotImplementedError

    @classmethod
    def title_for(cls, act: Act) -> str:
        """The document's own title, in the active language."""
        return f"{cls.title}：{act.matter.title}"


def kinds() -> dict[str, type[Document]]:
    """Kind → class of every declared document."""
    return dict(_kinds)


def kind_of(kind: str) -> type[Document]:
    return _kinds[kind]
