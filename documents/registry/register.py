"""The register of a number series: what became of every number of a year, from 1 to the last one taken."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Count, F, Max, Q, QuerySet
from django.utils.translation import override

from documents import frozen
from documents.kinds.office import Register, RegisterLine
from documents.models import Counter, IssuedDocument, Series
from documents.writing import by_number, in_writing
from workflows.organisation import clock
from workflows.organisation.names import told
from workflows.organisation.offices import Capacity

from .handing_out import hand_out
from .lines import tell
from .numbering import part_as_written, serial_in, written

PART = 200  # numbers on one printed extract: more would not fit one document


@dataclass(frozen=True)
class Line:
    """One number. Without a paper it is a gap, which must never be."""

    number: str
    serial: int
    paper: IssuedDocument | None

    @property
    def state(self) -> str:
        """gap, void, replaced or standing."""
        if self.paper is None:
            return "gap"
        return "void" if self.paper.voided else "replaced" if self.paper.successor else "standing"

    @property
    def unprinted(self) -> IssuedDocument | None:
        """The paper that took the number and could never be printed, if this one was issued in its place."""
        return self.paper.corrects if self.paper else None

    @property
    def signer(self) -> frozen.Who | None:
        """Who signed, as the paper itself says: person, post, principal."""
        return getattr(self.paper, "signer", None)

    def printed(self) -> RegisterLine:
        """As an extract prints it, in the active language."""
        said: RegisterLine = {
            "number": self.number, "state": self.state, "title": "", "unit": "", "signed_by": "", "on": "", "pages": 0,
            "replaced_by": "", "void_by": "", "void_on": "", "void_reason": "", "void_notice": "",
        }  # fmt: skip
        paper, signer = self.paper, self.signer
        if paper is None:
            return said
        said |= {
            "title": paper.title,
            "unit": str(paper.matter.unit) if paper.matter else "",
            "signed_by": frozen.in_words(frozen.since(signer, paper.issued_by, paper.issued_at))
            if signer
            else told(paper.issued_by, paper.issued_at),
            "on": getattr(paper, "signed_on", "") or frozen.instant(paper.issued_at)[:10],
            "pages": paper.rendition.pages,
        }
        if unprinted := self.unprinted:
            said["in_place_of"] = f"{unprinted.title} {frozen.instant(unprinted.issued_at)[:10]}"
        if successor := paper.successor:
            said["replaced_by"] = successor.number or successor.title
        if voided := paper.voided:
            said |= {
                "void_by": frozen.in_words(frozen.who(voided.by, voided.post, voided.on_behalf_of, voided.at)),
                "void_on": frozen.instant(voided.at)[:10],
                "void_reason": voided.reason,
                "void_notice": voided.notice.title if voided.notice else "",
            }
        return said


@dataclass(frozen=True)
class Book:
    """One series in one year."""

    series: Series
    year: int
    counted: int  # the last number the counter gave out

    def __str__(self) -> str:
        return f"{self.series.code}〔{self.year}〕"

    @property
    def key(self) -> str:
        return f"{self.series.pk}-{self.year}"

    @property
    def papers(self) -> QuerySet[IssuedDocument]:
        """Those that bear its numbers: not one that was never printed and issued again, which its successor names."""
        return IssuedDocument.objects.filter(series=self.series, year=self.year, corrected_by=None)

    @property
    def last(self) -> int:
        """The last number in use: the counter's, or a document's if the counter were ever turned back."""
        return max(self.counted, self._held["last"] or 0)

    @property
    def void(self) -> int:
        """How many of the documents are void."""
        count: int = self._held["void"]
        return count

    @cached_property
    def gaps(self) -> list[int]:
        """Numbers without a document."""
        if self._held["count"] == self.last:
            return []
        taken = set(self.papers.values_list("serial", flat=True))
        return [serial for serial in range(1, self.last + 1) if serial not in taken]

    @cached_property
    def _held(self) -> dict[str, Any]:
        return self.papers.aggregate(last=Max("serial"), count=Count("pk"), void=Count("voiding"))

    def lines(self, serials: Iterable[int]) -> list[Line]:
        """These numbers, in this order, whatever became of them. Two queries."""
        wanted = list(serials)
        papers = (
            self.papers.filter(serial__in=wanted)
            .defer("facts", "corrects__facts")
            .annotate(signer=F("facts__issuer"), signed_on=F("facts__issued_on"))
            .select_related(
                "rendition",
                "matter__unit",
                "issued_by",
                "corrects",
                "voiding__by",
                "voiding__on_behalf_of",
                "voiding__notice",
                "voiding__post__unit",
            )
            .prefetch_related("replaced_by")
        )
        found = {paper.serial: paper for paper in papers}
        return [Line(written(self.series.code, self.year, serial), serial, found.get(serial)) for serial in wanted]

    def matching(self, text: str) -> dict[str, list[int]]:
        """The numbers whose number or title contains the words, newest first; a bare number is that number.

        All of them under "", and of these the void ones and the gaps. One query.
        """
        bare, number = serial_in(text), part_as_written(text)
        asked = Q(title__mentions=text) | (Q(number__icontains=number) if bare is None else Q(serial=bare))
        found = {serial: void is not None for serial, void in self._numbered(asked)}
        gaps = [
            serial
            for serial in reversed(self.gaps)
            if (number in written(self.series.code, self.year, serial) if bare is None else serial == bare)
        ]
        return {
            "": sorted([*found, *gaps], reverse=True),
            "void": [serial for serial, is_void in found.items() if is_void],
            "gap": gaps,
        }

    def void_numbers(self) -> list[int]:
        return [serial for serial, _void in self._numbered(Q(voiding__isnull=False))]

    def _numbered(self, asked: Q) -> list[tuple[int, Any]]:
        """(number, its voiding's key or None), newest first."""
        found = self.papers.filter(asked).order_by("-serial").values_list("serial", "voiding")
        return [(serial, void) for serial, void in found if serial]


def books() -> list[Book]:
    """Every series and year in which a number was taken, the newest year first."""
    counters = Counter.objects.filter(last__gt=0).select_related("series").order_by("-year", "series__code")
    return [Book(counter.series, counter.year, counter.last) for counter in counters]


def extracts(book: Book) -> QuerySet[IssuedDocument]:
    """What was printed of this book, newest first."""
    printed = IssuedDocument.objects.filter(kind=Register.kind, facts__book=str(book))
    return printed.defer("facts").select_related("rendition", "issued_by").order_by("-issued_at", "-facts__first")


@transaction.atomic
def print_register(book: Book, *, capacity: Capacity) -> list[IssuedDocument]:
    """Hand out what the book says now, for good: one document for every PART numbers, in the office's own language."""
    at, language = clock.now(), settings.LANGUAGE_CODE
    name = book.series.name if book.series.name != book.series.code else ""
    printed = []
    for first in range(1, book.last + 1, PART):
        lines = book.lines(range(first, min(first + PART - 1, book.last) + 1))
        with override(language):
            said = Register.said(str(book), name, first, [line.printed() for line in lines], capacity, at)
            facts = by_number(in_writing(said))  # whatever its papers are called
            title = Register.title_of(facts)
        paper = hand_out(Register, facts, title=title, language=language, matter=None, by=capacity.person, at=at)
        told = {"register": [None, f"{book}{facts['first']}–{facts['last']}"]}
        tell(paper, capacity, "print_register", changes=told)
        printed.append(paper)
    return printed
