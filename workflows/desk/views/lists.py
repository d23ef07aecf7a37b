"""The three lists of every day: what waits for me, what I began, what I decided.

What others handed over to me stands beside what I began, what I passed on beside what I decided.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.db.models import Count, Q, QuerySet
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET
from django.views.decorators.vary import vary_on_headers

from workflows.desk.inbox import PAGE, Option, Sheet, Sift, matching
from workflows.desk.past import (
    DecidedLine,
    HandedLine,
    StartedLine,
    Whereabouts,
    decided_by,
    handed_over,
    started_by,
)
from workflows.desk.request import DeskRequest
from workflows.matters.models import Handover, Opinion
from workflows.organisation.keys import page_in

REFERENCE = re.compile(r"[A-Z]{2,8}-\d{4}-\d{4,9}")
MOST_PAGES = 20  # what a list that reloads itself may show at once


def _number(request: DeskRequest, name: str) -> int:
    """A page number from the query, at least 1."""
    return page_in(request.GET.get(name, ""), 10_000)


def _answer(request: DeskRequest, name: str, page: dict[str, Any]) -> HttpResponse:
    """The whole page; for htmx the rows and the numbers that go with them, or one more page of rows."""
    part = (
        "" if not request.htmx or request.htmx.history_restore_request else "_again" if page["first"] == 1 else "_rows"
    )
    return render(request, f"desk/lists/{name}{part}.html", page)


def _chosen(request: DeskRequest) -> str:
    """The reference of the matter open in the pane beside the list; the pane asks whether one may see it."""
    asked = request.GET.get("m", "")
    return asked if REFERENCE.fullmatch(asked) else ""


def _address(name: str, query: str) -> str:
    return f"{reverse(name)}?{query}" if query else reverse(name)


@require_GET
@vary_on_headers("HX-Request")
def inbox(request: DeskRequest) -> HttpResponse:
    """What I may decide now; the matter chosen opens beside the list."""
    sift = Sift.read(request.GET)
    sheet = Sheet(request.standing, sift)
    first, pages = _number(request, "page"), min(_number(request, "pages"), MOST_PAGES)
    last = max(first, pages)
    chosen = _chosen(request)
    page = {
        "sheet": sheet,
        "sift": sift,
        "lines": sheet.page(first, last),
        "grouped": sift.sort == "due",
        "after": request.GET.get("after", "") if first > 1 else "",
        "first": first,
        "last": last,
        "chosen": chosen,
        "more": _address("desk:inbox", sift.query(page=last + 1)) if sheet.counts["shown"] > last * PAGE else "",
        "inbox_count": sheet.counts["everything"],
        "sorts": [("", _("by deadline")), ("since", _("longest waiting")), ("amount", _("largest amount"))],
    }
    return _answer(request, "inbox", page)


@dataclass(frozen=True)
class Asked:
    """What a person asks of one of the two lists of the past: words, a tab, and which pages."""

    text: str
    tab: str
    first: int
    last: int

    @classmethod
    def read(cls, request: DeskRequest, tabs: Iterable[str]) -> Asked:
        tab = request.GET.get("show", "")
        first, pages = _number(request, "page"), min(_number(request, "pages"), MOST_PAGES)
        return cls(request.GET.get("q", "").strip()[:80], tab if tab in tabs else "", first, max(first, pages))

    @property
    def rows(self) -> slice:
        return slice((self.first - 1) * PAGE, self.last * PAGE)

    def query(self, **more: str | int) -> str:
        asked = {"q": self.text, "show": self.tab, **more}
        return urlencode({name: value for name, value in asked.items() if value})


def _past(request: DeskRequest, name: str, asked: Asked, tabs: list[Option], lines: list[Any]) -> HttpResponse:
    """One of the two lists of the past, as `asked` for; `tabs` carry the counts, the chosen one its total."""
    chosen = _chosen(request)
    shown = next(tab.count for tab in tabs if tab.chosen)
    page = {
        "asked": asked,
        "handed": asked.tab == HANDED,
        "tabs": tabs,
        "shown": shown,
        "lines": lines,
        "first": asked.first,
        "last": asked.last,
        "chosen": chosen,
        "more": _address(f"desk:{name}", asked.query(page=asked.last + 1)) if shown > asked.last * PAGE else "",
    }
    return _answer(request, name, page)


def _handed(handovers: QuerySet[Handover], asked: Asked) -> list[HandedLine]:
    """The rows asked for of what went from hand to hand."""
    rows = list(handovers[asked.rows])
    where = Whereabouts(row.matter for row in rows)
    return [HandedLine(row, where.of(row.matter)) for row in rows]


HANDED = "handed"  # the tab of what came to me, and of what I passed on


@require_GET
@vary_on_headers("HX-Request")
def started(request: DeskRequest) -> HttpResponse:
    """What I began, open or closed, and on whose desk it is; and what was handed over to me."""
    tabs = {"": Q(closed_at=None), "closed": Q(closed_at__isnull=False), "all": Q()}
    asked = Asked.read(request, [*tabs, HANDED])
    received = handed_over(receiver=request.user).filter(matching(asked.text))
    mine = started_by(request.user).filter(matching(asked.text, ""))
    counts = mine.order_by().aggregate(
        open=Count("pk", filter=tabs[""]), closed=Count("pk", filter=tabs["closed"]), all=Count("pk")
    )
    options = [
        Option(tab, label, counts[tab or "open"], asked.tab == tab)
        for tab, label in (("", _("Under way")), ("closed", _("Finished")), ("all", _("All")))
    ]
    options.append(Option(HANDED, _("Handed over to me"), received.count(), asked.tab == HANDED))
    if asked.tab == HANDED:
        return _past(request, "started", asked, options, _handed(received, asked))
    matters = list(mine.filter(tabs[asked.tab])[asked.rows])
    where = Whereabouts(matters)
    return _past(request, "started", asked, options, [StartedLine(matter, where.of(matter)) for matter in matters])


@require_GET
@vary_on_headers("HX-Request")
def decided(request: DeskRequest) -> HttpResponse:
    """What I decided, in my own right or for somebody, and where it stands today; and what I passed on."""
    verdict = Opinion.Verdict
    tabs = {
        "": Q(),
        "agree": Q(verdict=verdict.AGREE),
        "refuse": Q(verdict__in=[verdict.RETURN, verdict.REJECT, verdict.OBJECT]),
        "acting": Q(on_behalf_of__isnull=False),
    }
    asked = Asked.read(request, [*tabs, HANDED])
    given = handed_over(giver=request.user, what=Handover.What.TASK)
    given = given.filter(matching(asked.text))
    mine = decided_by(request.user).filter(matching(asked.text))
    counts = mine.order_by().aggregate(
        **{tab or "all": Count("pk", filter=asks) if asks else Count("pk") for tab, asks in tabs.items()}
    )
    labels = (
        ("", _("All")),
        ("agree", _("Agreed")),
        ("refuse", _("Returned or refused")),
        ("acting", _("As a stand-in")),
    )
    options = [Option(tab, label, counts[tab or "all"], asked.tab == tab) for tab, label in labels]
    options.append(Option(HANDED, _("Passed on by me"), given.count(), asked.tab == HANDED))
    if asked.tab == HANDED:
        return _past(request, "decided", asked, options, _handed(given, asked))
    opinions = list(mine.filter(tabs[asked.tab])[asked.rows])
    where = Whereabouts(opinion.matter for opinion in opinions)
    lines = [DecidedLine(opinion, where.of(opinion.matter)) for opinion in opinions]
    return _past(request, "decided", asked, options, lines)


urlpatterns = [
    path("desk/", inbox, name="inbox"),
    path("desk/started/", started, name="started"),
    path("desk/decided/", decided, name="decided"),
]
