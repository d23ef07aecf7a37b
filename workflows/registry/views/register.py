"""The register of numbers and the page of one paper: what became of it, and voiding it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from urllib.parse import urlencode

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_safe

from documents.base import kind_of
from documents.models import IssuedDocument
from documents.registry import correcting
from documents.registry.clerks import as_clerk, as_reader
from documents.registry.correcting import capacity_to_correct
from documents.registry.register import Book, books, extracts, print_register
from documents.registry.voiding import capacity_to_void, hindrance, void
from forms.register import ReasonForm
from workflows.desk.inbox import Option, state_label
from workflows.desk.request import DeskRequest, own_post, post_only
from workflows.matters.errors import Refused
from workflows.matters.models import Matter
from workflows.organisation.keys import page_in
from workflows.organisation.offices import Capacity
from workflows.organisation.roles import Role

from .papers import may_see, sees_matter

PAGE = 50  # numbers
PRINTED = 6  # extracts listed below the register


def reader(request: DeskRequest) -> Capacity:
    """In which capacity the person reads register and seals. Raises PermissionDenied."""
    for capacity in as_reader(request.standing):
        return capacity
    raise PermissionDenied(_("Register and seals are kept by the clerk; the auditor may read them."))


def clerk(request: DeskRequest) -> Capacity:
    """In which capacity the person keeps the papers. Raises PermissionDenied."""
    for capacity in as_clerk(request.standing):
        return capacity
    raise PermissionDenied(_("Only a clerk does this."))


def page_number(request: DeskRequest, last: int) -> int:
    return page_in(request.GET.get("page", ""), last)


def seen_by(request: DeskRequest, papers: Iterable[IssuedDocument | None]) -> set[int]:
    """The matters (primary keys) of these papers that the person may see. One query."""
    matters = {paper.matter_id for paper in papers if paper and paper.matter_id}
    visible = Matter.objects.visible_to(request.user, request.standing).filter(pk__in=matters)
    return set(visible.values_list("pk", flat=True))


# --- the register ----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Asked:
    """What the person wants to see of one book: words, a tab."""

    book: Book
    text: str
    show: str

    @classmethod
    def read(cls, request: DeskRequest, found: Sequence[Book]) -> Asked:
        book = next((book for book in found if book.key == request.GET.get("book")), found[0])
        show = request.GET.get("show", "")
        known = show == "void" or (show == "gap" and bool(book.gaps))
        return cls(book, request.GET.get("q", "").strip()[:80], show if known else "")

    @cached_property
    def matching(self) -> dict[str, list[int]]:
        return self.book.matching(self.text)

    @property
    def serials(self) -> Sequence[int]:
        """The numbers asked for, newest first."""
        if self.text:
            return self.matching[self.show]
        if self.show == "void":
            return self.book.void_numbers()
        return self.book.gaps[::-1] if self.show == "gap" else range(self.book.last, 0, -1)

    def tabs(self) -> list[Option]:
        """Each tab with how many of its numbers match the words."""
        counts = {"": self.book.last, "void": self.book.void, "gap": len(self.book.gaps)}
        if self.text:
            counts = {show: len(serials) for show, serials in self.matching.items()}
        labels = {"": _("All"), "void": _("Void")}
        if self.book.gaps:
            labels["gap"] = _("Without a document")
        return [Option(show, label, counts[show], show == self.show) for show, label in labels.items()]

    def query(self, **more: str | int) -> str:
        asked = {"book": self.book.key, "q": self.text, "show": self.show, **more}
        return urlencode({name: value for name, value in asked.items() if value})


@require_safe
def register(request: DeskRequest) -> HttpResponse:
    """One book, number by number; every number has its line, whatever became of it."""
    reader(request)
    found = books()
    if not found:
        return render(request, "registry/register.html", {"books": found})
    asked = Asked.read(request, found)
    serials = asked.serials
    last = max(1, -(-len(serials) // PAGE))
    page = page_number(request, last)
    lines = asked.book.lines(serials[(page - 1) * PAGE : page * PAGE])
    context = {
        "books": found,
        "asked": asked,
        "book": asked.book,
        "tabs": asked.tabs(),
        "count": len(serials),
        "rows": lines,
        "seen": seen_by(request, (line.paper for line in lines)),
        "page": page,
        "last": last,
        "newer": asked.query(page=page - 1) if page > 1 else "",
        "older": asked.query(page=page + 1) if page < last else "",
        "extracts": extracts(asked.book)[:PRINTED],
    }
    return render(request, "registry/register.html", context)


@post_only("registry:register")
def register_print(request: DeskRequest) -> HttpResponse:
    """Hand out what the register says now as a document of the office."""
    capacity = reader(request)
    book = next((book for book in books() if book.key == request.POST.get("book")), None)
    if book is None:
        raise Http404
    printed = print_register(book, capacity=capacity)
    told = ngettext(
        "The register is issued as %(count)d document; its file is being prepared.",
        "The register is issued as %(count)d documents; their files are being prepared.",
        len(printed),
    )
    messages.success(request, told % {"count": len(printed)})
    return redirect(f"{reverse('registry:register')}?{urlencode({'book': book.key})}")


# --- one paper -------------------------------------------------------------------------------------------


@require_safe
def paper(request: DeskRequest, pk: str) -> HttpResponse:
    """What one paper is, whether it counts, and for a clerk the way to void it."""
    return _page(request, _paper(request, pk))


@post_only("registry:paper", "pk")
def paper_void(request: DeskRequest, pk: str) -> HttpResponse:
    """Void it, once the person has read what they are about to do. What was typed stays when that is refused."""
    seen, form = _paper(request, pk), ReasonForm(request.POST)
    if capacity_to_void(seen, request.standing) is None:
        void(seen, by=request.user, reason="")  # says why not, as everywhere
    if form.is_valid():
        if "change" in request.POST:
            return _page(request, seen, form)
        if "sure" not in request.POST and not hindrance(seen):
            return _page(request, seen, form, asking=True)
        try:
            void(seen, by=request.user, reason=form.cleaned_data["reason"])
        except Refused as refusal:
            form.add_error(None, refusal.messages)
        else:
            messages.success(request, _("“%(paper)s” is void. The notice is being prepared.") % {"paper": seen})
            return redirect("registry:paper", pk)
    return _page(request, _paper(request, pk), form, status=422)


def _paper(request: DeskRequest, pk: str) -> IssuedDocument:
    """The paper, where the person may see it. Raises Http404."""
    papers = IssuedDocument.objects.select_related(
        "matter__unit",
        "rendition",
        "issued_by",
        "seal__unit",
        "replaces",
        "corrects",
        "voiding__by",
        "voiding__post__unit",
        "voiding__on_behalf_of",
        "voiding__notice",
        "gives_notice_of__document",
    ).prefetch_related("replaced_by")
    found = get_object_or_404(papers, pk=pk)
    if not may_see(request, found):
        raise Http404
    return found


def _page(
    request: DeskRequest,
    seen: IssuedDocument,
    form: ReasonForm | None = None,
    status: int = 200,
    *,
    asking: bool = False,  # whether to void it, the reason being given
) -> HttpResponse:
    keeps = next(as_clerk(request.standing, seen.matter.kind if seen.matter else ""), None)
    notice_of = getattr(seen, "gives_notice_of", None)
    sees = sees_matter(request, seen)
    reads = own_post(request, Role.CLERK, Role.AUDITOR) is not None
    beside = (seen.voided and seen.voided.notice, notice_of and notice_of.document, seen.replaces, seen.successor)
    context = {
        "paper": seen,
        "kind": kind_of(seen.kind).title,
        "signer": seen.facts.get("issuer"),
        "state": state_label(seen.matter.kind, seen.matter.state) if seen.matter else "",
        "notice_of": notice_of,
        "sees_matter": sees,
        "distributes": reads and (sees or seen.matter is None),  # whoever may open its page of the distribution
        "open": {other.pk for other in beside if other and may_see(request, other)},  # what it names, to be followed
        "keeps": keeps,
        "hindrance": hindrance(seen) if keeps else "",
        "capacity": capacity_to_void(seen, request.standing) if keeps else None,
        "correctable": bool(keeps) and capacity_to_correct(seen, request.standing) and not correcting.hindrance(seen),
        "form": form or ReasonForm(),
        "asking": asking,
    }
    return render(request, "registry/paper.html", context, status=status)


urlpatterns = [
    path("papers/register/", register, name="register"),
    path("papers/register/print/", register_print, name="register_print"),
    path("papers/<uuid:pk>/", paper, name="paper"),
    path("papers/<uuid:pk>/void/", paper_void, name="paper_void"),
]
