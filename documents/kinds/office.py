"""What the office itself hands out: the notice that a document is void, and extracts of its register.

Unlike a matter's papers these are not issued by a move; whoever hands them out says their facts.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, NotRequired, TypedDict

from django.utils.text import Truncator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from documents import frozen
from documents.base import Document, kind_of
from workflows.organisation.offices import Capacity

if TYPE_CHECKING:
    from documents.models import IssuedDocument


class Head(TypedDict):
    """What every office paper says of itself. Dates `YYYY-MM-DD`, instants local time."""

    group: str
    reference: str  # of the matter, or of the book; "" without one
    issued_at: str
    issued_on: str
    issuer: frozen.Who


class VoidFacts(Head):
    """A document that counts no more: what it was, and why it is void."""

    kind: str  # the kind of document in words
    title: str
    voided_number: str  # "" where it had none
    dated: str
    signed_by: frozen.Who
    automatic: bool  # made by the clock: nobody signed it
    reason: str


class RegisterLine(TypedDict):
    """One number of the register. `state`: standing, replaced, void or gap; of a gap the rest is empty."""

    number: str
    state: str
    title: str
    unit: str
    signed_by: str  # "X for Y" of a stand-in
    on: str
    pages: int  # 0 while it is not printed
    replaced_by: str  # number or title of what took its place
    void_by: str
    void_on: str
    void_reason: str
    void_notice: str
    in_place_of: NotRequired[str]  # title and day of the paper that took the number and could never be printed


class RegisterFacts(Head):
    """An extract of one book, number by number."""

    book: str  # 星企发〔2026〕
    series_name: str  # "" where it is no more than its code
    first: int
    last: int
    counts: dict[str, int]  # state → numbers
    lines: list[RegisterLine]


class VoidNotice(Document):
    """That a document counts no more; issued on its matter, so that whoever sees the one sees the other."""

    kind, title = "office.void", gettext_lazy("Void notice")
    template, family, sealed = "documents/office/void.html", "notice", True

    @classmethod
    def said(cls, paper: IssuedDocument, capacity: Capacity, reason: str, at: datetime) -> VoidFacts:
        matter = paper.matter
        unit = matter.unit if matter else capacity.post.unit if capacity.post else None
        return {
            **_head(capacity, at, frozen.group_above(unit), matter.reference if matter else ""),
            "kind": str(kind_of(paper.kind).title),
            "title": paper.title,
            "voided_number": paper.number,
            "dated": paper.dated,
            "signed_by": frozen.since(paper.facts["issuer"], paper.issued_by, paper.issued_at),
            "automatic": paper.issued_by.is_system,
            "reason": reason,
        }

    @classmethod
    def title_about(cls, paper: IssuedDocument) -> str:
        return cls.title_naming(paper.number or Truncator(paper.title).chars(120))

    @classmethod
    def title_naming(cls, paper: str) -> str:
        return _("Notice that “%(paper)s” is void") % {"paper": paper}


class Register(Document):
    """The numbers of one series and year, each with what became of it, as it was when this was printed."""

    kind, title = "office.register", gettext_lazy("Document register")
    template = "documents/office/register.html"

    @classmethod
    def said(
        cls, book: str, name: str, first: int, lines: Sequence[RegisterLine], capacity: Capacity, at: datetime
    ) -> RegisterFacts:
        """The numbers from `first` on, one line each."""
        unit = capacity.post.unit if capacity.post else None
        states = [line["state"] for line in lines]
        return {
            **_head(capacity, at, frozen.group_above(unit), book),
            "book": book,
            "series_name": name,
            "first": first,
            "last": first + len(lines) - 1,
            "counts": {state: states.count(state) for state in ("standing", "replaced", "void", "gap")},
            "lines": list(lines),
        }

    @classmethod
    def title_of(cls, facts: Mapping[str, Any]) -> str:
        return _("Register of %(book)s, numbers %(first)d to %(last)d") % facts


def _head(capacity: Capacity, at: datetime, group: str, reference: str) -> Head:
    return {
        "group": group,
        "reference": reference,
        "issued_at": frozen.instant(at),
        "issued_on": frozen.instant(at)[:10],
        "issuer": frozen.acting(capacity),
    }
