"""What a renewal brings to the desk: what its page says, and the pages of the register."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from documents.leases import term_words
from workflows.desk.pages import Pages, Section, register
from workflows.desk.request import DeskRequest
from workflows.desk.sections import files_beside
from workflows.organisation import clock
from workflows.outside.models import Link
from workflows.outside.posting import keeper_of, letters_of
from workflows.steps.drawing import Drawing

from . import answering
from .models import Renewal, State
from .money import path
from .terms import LABELS, Means, Outcome, Terms, differences, sales_by_year
from .views import urlpatterns


@dataclass(frozen=True)
class Line:
    """One of the terms, before and after."""

    label: str
    before: str
    after: str
    differs: bool


def _beside(before: Terms, after: Terms, currency: str) -> list[Line]:
    was, will = before.content(), after.content()
    other = differences(was, will)
    return [
        Line(str(label), term_words(name, was, currency), term_words(name, will, currency), name in other)
        for name, label in LABELS.items()
        if name != "outcome"
    ]


def _calendar(renewal: Renewal) -> list[tuple[str, date, bool]]:
    """What is to be done by when, and whether that day is over."""
    today = clock.today()
    days = [
        (_("terms proposed by"), renewal.terms_by),
        (_("offer sent by"), renewal.offer_by),
        (_("tenant answers by"), renewal.answer_by),
        (_("notice given by"), renewal.notice_by),
        (_("end of the term"), renewal.ends_on),
    ]
    return [(words, day, day < today) for words, day in days]


def _summary(request: DeskRequest, renewal: Renewal) -> Mapping[str, Any]:
    lease, terms = renewal.lease, renewal.terms
    proposed = bool(renewal.terms_content) and terms.outcome != Outcome.END
    return {
        "renewal": renewal,
        "lease": lease,
        "calendar": _calendar(renewal),
        "arrears": lease.money(lease.arrears()),
        "owes": renewal.owes_too_much,
        "outcome": Outcome(terms.outcome).label if renewal.terms_content else "",
        "lines": _beside(renewal.present_terms(), terms, lease.currency) if proposed else [],
        "years": [
            (year, lease.money(year.price), lease.money(year.monthly), lease.money(year.annual))
            for year in path(renewal.rent_of(terms))
        ]
        if proposed
        else [],
        "settlement": renewal.settlement,
        "left": lease.money(abs(renewal.settlement.left)) if renewal.settlement else "",
        "next_lease": renewal.next_lease,
        "files": files_beside(request, renewal),
        **_link(request, renewal),
    }


def _link(request: DeskRequest, renewal: Renewal) -> Mapping[str, Any]:
    """The tenant's link while an offer is out: how it stands, and the buttons for whoever sees to it."""
    if renewal.state != State.OFFERED:
        return {}
    link = Link.objects.filter(matter=renewal.pk, withdrawn_at=None, turn=renewal.turn).first()
    letter, sent_at = letters_of(link) if link else ("", None)
    return {
        "offered": True,
        "link": link,
        "letter": letter,
        "letter_sent_at": sent_at,
        "link_over": bool(link and link.expires_at <= clock.now()),
        "sees_to_link": keeper_of(renewal, request.standing) is not None,
    }


def _assessment(_request: DeskRequest, renewal: Renewal) -> Mapping[str, Any]:
    found, lease = renewal.assessment, renewal.lease
    amounts = ("sales", "sales_per_area", "rent", "arrears", "worst_arrears", "price", "market_price")
    return {
        "found": found,
        "money": {name: lease.money(getattr(found, name)) for name in amounts} if found else {},
        "by_year": [(year, lease.money(total)) for year, total in sales_by_year(lease)],
    }


def _rounds(_request: DeskRequest, renewal: Renewal) -> Mapping[str, Any]:
    currency, before = renewal.lease.currency, renewal.present_terms()
    told = []
    for row in renewal.rounds:
        terms = Terms.from_content(row["terms"])
        lines = [line for line in _beside(before, terms, currency) if line.differs]
        proof = row["proof"] and {**row["proof"], "means": Means(row["proof"]["means"]).label}
        told.append({**row, "lines": lines, "proof": proof})
        before = terms
    return {"told": told[::-1]}


WORDS = {
    "market_price": gettext_lazy("market price"),
    "remark": gettext_lazy("comment"),
    "on": gettext_lazy("on"),
    "by": gettext_lazy("by"),
    "means": gettext_lazy("by which means"),
    "words": gettext_lazy("proof"),
    "answer": gettext_lazy("answer"),
    "competing": gettext_lazy("competing offer"),
    "reason": gettext_lazy("reason"),
    "sales": gettext_lazy("sales"),
    "arrears": gettext_lazy("arrears"),
}
ANSWERS = {
    "accept": gettext_lazy("accepts"),
    "counter": gettext_lazy("counters"),
    "decline": gettext_lazy("declines"),
}


def _label(name: str) -> str:
    return str(WORDS.get(name) or LABELS.get(name) or "")


def _spoken(name: str, value: Any) -> str | None:
    if name == "outcome" and value in Outcome.values:
        return str(Outcome(value).label)
    if name == "means" and value in Means.values:
        return str(Means(value).label)
    if name == "answer" and value in ANSWERS:
        return str(ANSWERS[value])
    return "" if name in ("stall", "digest") else None


register(
    Renewal,
    Pages(
        addresses=[*urlpatterns, *answering.urlpatterns],
        sections=[
            Section("summary", gettext_lazy("Renewal"), "leases/summary.html", _summary),
            Section(
                "assessment",
                gettext_lazy("Assessment"),
                "leases/assessment.html",
                _assessment,
                shown=lambda renewal: bool(renewal.assessment_content),
            ),
            Section(
                "rounds",
                gettext_lazy("Rounds"),
                "leases/rounds.html",
                _rounds,
                shown=lambda renewal: bool(renewal.rounds),
                count=lambda renewal: len(renewal.rounds),
            ),
        ],
        head="leases/head.html",
        label=_label,
        spoken=_spoken,
        drawing=Drawing(
            [
                State.DUE, State.TERMS, State.STORE_REVIEW, State.FINANCE_REVIEW, State.GROUP_APPROVAL, State.OFFER,
                State.OFFERED, State.CONTRACT, State.SIGNATURE, State.RENEWED,
            ],
            {State.NOT_RENEWING: 5, State.VACATING: 6.5, State.RELEASED: 8},
        ),
    ),
)  # fmt: skip
