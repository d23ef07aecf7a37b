"""What a renewal hands out: sheets for the house, offer, agreement and notice for the tenant, in the tenant's language.

Amounts stand in the facts as they are printed, with the sign of the lease's currency; days `YYYY-MM-DD`.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from workflows.leases.models import Paper, Renewal
from workflows.leases.money import Money, Rent, path
from workflows.leases.register import Lease
from workflows.leases.terms import LABELS, Assessment, Means, Outcome, Proof, Settlement, Terms, Utility, differences
from workflows.matters.perform import Act
from workflows.organisation.figures import figure
from workflows.organisation.models import Unit

from . import frozen
from .base import Document
from .kinds.plain import Block, Chapter, PlainContract, PlainLetter, PlainNotice
from .models import Receipt
from .templatetags.paper import day

OFFERS = "星租函"  # the series of offers
WIDTHS = (14, 0, 22, 32, 36)  # mm, of the columns of the rent path in a letter
NAMES = ("tenant", "stall")  # facts no line of a title parts

Pair = dict[str, str]
Part = dict[str, Any]


def renewal_of(act: Act) -> Renewal:
    assert isinstance(act.matter, Renewal)
    return act.matter


def pair(label: Any, words: Any) -> Pair:
    return {"label": str(label), "words": str(words)}


def table(title: str, columns: list[tuple[str, bool]], rows: list[list[str]]) -> Part:
    """A part of a sheet that is a table: name of each column and whether numbers stand in it."""
    return {
        "title": title,
        "words": "",
        "table": {
            "columns": [{"name": name, "numbers": numbers} for name, numbers in columns],
            "rows": [
                [{"words": words, "number": numbers} for words, (_name, numbers) in zip(row, columns, strict=True)]
                for row in rows
            ],
        },
    }


def text(title: str, words: str) -> Part:
    return {"title": title, "words": words, "table": None}


def per_area(amount: Decimal, currency: str) -> str:
    return _("%(amount)s per m² and month") % {"amount": Money(amount, currency)}


def percent(number: Decimal) -> str:
    return f"{figure(number)}%"


# --- what terms and rent say, for sheet and letter alike -------------------------------------------------------


def term_words(name: str, content: Mapping[str, Any], currency: str) -> str:
    """One of the terms as it is printed."""
    value = content.get(name)
    if value in (None, ""):
        return "—"
    match name:
        case "outcome":
            return str(Outcome(value).label)
        case "price" | "fees" | "deposit":
            return str(Money(Decimal(value), currency))
        case "escalation":
            return percent(Decimal(value))
        case "area":
            return figure(Decimal(value))
    return str(value)


def side_by_side(before: Terms, after: Terms, currency: str, heads: tuple[str, str]) -> Part:
    """Two terms beside each other; what differs is marked."""
    was, will = before.content(), after.content()
    other = differences(was, will)
    return table(
        _("Terms"),
        [(_("Term"), False), (heads[0], True), (heads[1], True), (_("Change"), False)],
        [
            [
                str(label),
                term_words(name, was, currency),
                term_words(name, will, currency),
                "●" if name in other else "",
            ]
            for name, label in LABELS.items()
            if name not in ("outcome", "refit")
        ],
    )


def rent_path(rent: Rent) -> Part:
    """What it costs year by year."""
    rows = [
        [
            str(year.number),
            f"{year.begins} – {year.ends}",
            figure(year.price),
            str(Money(year.monthly, rent.currency)),
            str(Money(year.annual, rent.currency)),
        ]
        for year in path(rent)
    ]
    return table(
        _("Rent over the years"),
        [
            (_("Year"), False),
            (_("From – to"), False),
            (_("Per m²"), True),
            (_("A month"), True),
            (_("Twelve months"), True),
        ],
        rows,
    )


# --- the sheets --------------------------------------------------------------------------------------------------


class Sheet(Document):
    """A sober sheet: pairs, then parts, each a text or a table."""

    template = "documents/leases/sheet.html"
    whole = (*Document.whole, *NAMES)

    @classmethod
    def facts(cls, act: Act) -> Mapping[str, Any]:
        renewal = renewal_of(act)
        return {
            **frozen.head(act),
            "tenant": renewal.lease.tenant.name,
            "stall": renewal.lease.stall.number,
            "opinions": [],
            "rules": [],
            **cls.body(act, renewal),
        }

    @classmethod
    def body(cls, act: Act, renewal: Renewal) -> dict[str, Any]:
        raise NotImplementedError


def lease_pairs(lease: Lease) -> list[Pair]:
    return [
        pair(_("Stall"), f"{lease.stall.number} · {figure(lease.area)} m² · {lease.stall.get_trade_display()}"),
        pair(_("Tenant"), f"{lease.tenant} · {lease.tenant.standing}"),
        pair(_("Present term"), f"{lease.starts_on} – {lease.ends_on}"),
        pair(_("Present rent"), per_area(lease.last_price, lease.currency)),
    ]


class AssessmentSheet(Sheet):
    """经营评估表: twelve months by the register."""

    kind, title = Paper.ASSESSMENT, gettext_lazy("Tenant assessment")

    @classmethod
    def body(cls, act: Act, renewal: Renewal) -> dict[str, Any]:
        assessment = renewal.assessment
        assert assessment
        return cls.said(assessment, lease_pairs(renewal.lease), renewal.lease.currency)

    @staticmethod
    def said(found: Assessment, pairs: list[Pair], currency: str) -> dict[str, Any]:
        def money(amount: Decimal) -> str:
            return str(Money(amount, currency))

        rows = [
            [_("Months reported"), _("%(count)s of 12") % {"count": found.months}],
            [_("Turnover"), money(found.sales)],
            [_("Sales per m² and month"), money(found.sales_per_area)],
            [_("Rent of those months"), money(found.rent)],
            [_("Rent in proportion to sales"), percent(found.rent_percent)],
            [_("Arrears on the day"), money(found.arrears)],
            [_("Worst arrears of the twelve months"), money(found.worst_arrears)],
            [_("Campaigns joined"), figure(found.campaigns)],
            [_("Violations"), figure(found.violations)],
            [_("Present price per m² and month"), money(found.price)],
            [_("Market price per m² and month"), money(found.market_price)],
        ]
        return {
            "pairs": [*pairs, pair(_("As of"), day(found.on.isoformat()))],
            "parts": [
                table(_("Twelve months by the register"), [(_("Figure"), False), (_("Value"), True)], rows),
                text(_("Comment of the leasing officer"), found.remark),
            ],
        }


class ApprovalSheet(Sheet):
    """审批单: the terms outside the pricing rule, with every opinion and the rules that spoke."""

    kind, title = Paper.APPROVAL, gettext_lazy("Renewal approval sheet")

    @classmethod
    def body(cls, act: Act, renewal: Renewal) -> dict[str, Any]:
        decision = _("not approved") if act.move and act.move.verdict == "reject" else _("approved")
        return {
            "pairs": [*lease_pairs(renewal.lease), pair(_("Decision"), decision)],
            "parts": proposal_parts(renewal),
            "opinions": frozen.opinions(act),
            "rules": frozen.reasons(act),
        }


def proposal_parts(renewal: Renewal) -> list[Part]:
    currency, heads = renewal.lease.currency, (_("At present"), _("Proposed"))
    return [
        side_by_side(renewal.present_terms(), renewal.terms, currency, heads),
        rent_path(renewal.rent_of(renewal.terms)),
    ]


class CounterSheet(Sheet):
    """议价记录: what was offered, what the tenant wants, how one knows."""

    kind, title = Paper.COUNTER, gettext_lazy("Record of a counter-offer")

    @classmethod
    def body(cls, act: Act, renewal: Renewal) -> dict[str, Any]:
        offer, counter = renewal.rounds[-2], renewal.rounds[-1]
        proof = Proof.from_content(counter["proof"])
        currency = renewal.lease.currency
        return {
            "pairs": [
                *lease_pairs(renewal.lease),
                pair(_("Round"), counter["number"]),
                pair(_("Answered by"), f"{proof.by} · {proof.on} · {Means(proof.means).label}"),
            ],
            "parts": [
                side_by_side(
                    Terms.from_content(offer["terms"]),
                    Terms.from_content(counter["terms"]),
                    currency,
                    (
                        _("Round %(n)s, offered") % {"n": offer["number"]},
                        _("Round %(n)s, wanted") % {"n": counter["number"]},
                    ),
                ),
                text(_("Proof"), proved(proof)),
            ],
        }


def proved(proof: Proof) -> str:
    lies = _("File: %(name)s (SHA-256 %(digest)s…)") % {
        "name": frozen.in_print(proof.file),
        "digest": proof.digest[:16],
    }
    return "\n".join([proof.words or "—", *([lies] if proof.file else [])])


class HandoverSheet(Sheet):
    """退铺交接单: meters and the deposit."""

    kind, title = Paper.HANDOVER, gettext_lazy("Handover sheet")

    @classmethod
    def body(cls, act: Act, renewal: Renewal) -> dict[str, Any]:
        settlement = renewal.settlement
        assert settlement
        return cls.said(settlement, lease_pairs(renewal.lease), renewal.lease.currency)

    @staticmethod
    def said(settled: Settlement, pairs: list[Pair], currency: str) -> dict[str, Any]:
        def money(amount: Decimal) -> str:
            return str(Money(amount, currency))

        meters = [
            [
                str(Utility(meter.utility).label),
                figure(meter.before),
                figure(meter.reading),
                figure(meter.used),
                money(meter.price),
                money(meter.charge),
            ]
            for meter in settled.meters
        ]
        lines = [
            [_("Deposit"), money(settled.deposit)],
            [_("Arrears"), money(-settled.arrears)],
            [_("Water, electricity, gas"), money(-settled.utilities)],
            *([line.what, money(-line.amount)] for line in settled.deductions),
            [
                _("Paid back to the tenant") if settled.left >= 0 else _("Still owed by the tenant"),
                money(abs(settled.left)),
            ],
        ]
        columns = [
            (_("Meter"), False), (_("Last reading"), True), (_("Reading now"), True),
            (_("Used"), True), (_("Price of a unit"), True), (_("Charge"), True),
        ]  # fmt: skip
        return {
            "pairs": [*pairs, pair(_("Day of the handover"), day(settled.on.isoformat()))],
            "parts": [
                *([table(_("Meters"), columns, meters)] if meters else []),
                table(_("Settlement of the deposit"), [(_("Line"), False), (_("Amount"), True)], lines),
                text(_("In words"), Money(abs(settled.left), currency).in_capitals),
            ],
        }


# --- to the tenant --------------------------------------------------------------------------------------------------


def paragraphs(*lines: str) -> list[Block]:
    return [{"style": "paragraph", "text": line} for line in lines if line]


class Offer(PlainLetter):
    """续约要约函: what is offered, until when it stands."""

    kind, title, series = Paper.OFFER, gettext_lazy("Renewal offer"), OFFERS
    whole = (*Document.whole, *NAMES)
    sealed = True

    @classmethod
    def title_for(cls, act: Act) -> str:
        return cls.naming(renewal_of(act).lease.stall.number)

    @classmethod
    def naming(cls, stall: str) -> str:
        return _("Offer to renew the lease of stall %(stall)s") % {"stall": stall}

    @classmethod
    def facts(cls, act: Act) -> Mapping[str, Any]:
        renewal = renewal_of(act)
        lapses = renewal.lapses_at
        assert lapses
        return {
            **frozen.head(act),
            "stall": renewal.lease.stall.number,
            "tenant": renewal.lease.tenant.name,
            **cls.text(renewal.terms, renewal.rent_of(renewal.terms), renewal.lease, frozen.instant(lapses)[:10]),
        }

    @classmethod
    def text(cls, terms: Terms, rent: Rent, lease: Lease, lapses_on: str) -> dict[str, Any]:
        told = rent_path(rent)["table"]
        values = {
            "stall": lease.stall.number,
            "ends": day(lease.ends_on.isoformat()),
            "next": terms.stall_name,
            "area": figure(rent.area),
            "from": day(rent.starts_on.isoformat()),
            "to": day(rent.ends_on.isoformat()),
            "price": per_area(terms.price, lease.currency),
            "escalation": percent(terms.escalation),
            "free": terms.rent_free,
            "fees": per_area(terms.fees, lease.currency),
            "deposit": Money(terms.deposit, lease.currency),
            "campaigns": terms.campaigns,
            "lapses": day(lapses_on),
        }
        annex = _("Rent over the years")
        return {
            "to": [lease.tenant.name],
            "blocks": paragraphs(
                _("Your lease of stall %(stall)s ends on %(ends)s. We offer to renew it on these terms.") % values,
                _("Stall %(next)s, %(area)s m², from %(from)s to %(to)s.") % values,
                _("Rent %(price)s, rising by %(escalation)s a year; rent-free days: %(free)s.") % values,
                _("Fees %(fees)s; deposit %(deposit)s; campaigns a year: %(campaigns)s.") % values,
                _("Refit: %(refit)s") % {"refit": terms.refit} if terms.refit else "",
                _("The offer stands until %(lapses)s and lapses if it is not answered before.") % values,
            ),
            "annexes": [annex],
            "annexed": [
                {
                    "title": annex,
                    "blocks": [],
                    "table": {
                        "columns": [
                            {**column, "wide": wide} for column, wide in zip(told["columns"], WIDTHS, strict=True)
                        ],
                        "rows": [[cell["words"] for cell in row] for row in told["rows"]],
                    },
                }
            ],
            "copies": [],
        }

    @classmethod
    def recipients(cls, act: Act) -> list[tuple[Unit, str]]:
        return [(act.matter.unit, Receipt.Purpose.COPY)]

    @classmethod
    def takes_the_place_of(cls, act: Act, earlier: Any) -> bool:
        """A new round's offer voids the one before."""
        return True


class Notice(PlainNotice):
    """不续约通知: that and why the lease ends, and that the tenant goes first on equal terms."""

    kind, title = Paper.NOTICE, gettext_lazy("Notice of non-renewal")
    whole = (*Document.whole, *NAMES)
    sealed = True

    @classmethod
    def title_for(cls, act: Act) -> str:
        return cls.naming(renewal_of(act).lease.stall.number)

    @classmethod
    def naming(cls, stall: str) -> str:
        return _("Notice that the lease of stall %(stall)s is not renewed") % {"stall": stall}

    @classmethod
    def facts(cls, act: Act) -> Mapping[str, Any]:
        renewal = renewal_of(act)
        lease = renewal.lease
        return {
            **frozen.head(act),
            "stall": lease.stall.number,
            "tenant": lease.tenant.name,
            **cls.text(lease, renewal.notice_content["reason"], renewal.notice_content["competing"]),
        }

    @classmethod
    def text(cls, lease: Lease, reason: str, competing: str) -> dict[str, Any]:
        values = {
            "stall": lease.stall.number,
            "ends": day(lease.ends_on.isoformat()),
            "reason": reason,
            "other": competing,
        }
        return {
            "to": [lease.tenant.name],
            "blocks": paragraphs(
                _("Your lease of stall %(stall)s ends on %(ends)s and is not renewed. Reason: %(reason)s") % values,
                _(
                    "If the stall is let again, you have priority on equal terms (Civil Code, article 734). "
                    "Please tell us in writing before the last day if you claim it."
                ),
                _("There is another offer: %(other)s") % values if competing else "",
                _(
                    "Please hand the stall over by %(ends)s; meters are read and the deposit is settled on that day. "
                    "Staying on beyond it renews nothing, unless we let it pass without objection."
                )
                % values,
            ),
        }

    @classmethod
    def recipients(cls, act: Act) -> list[tuple[Unit, str]]:
        return [(act.matter.unit, Receipt.Purpose.TO)]


class Agreement(PlainContract):
    """续约合同: parties, clauses, amounts in words."""

    kind, title = Paper.AGREEMENT, gettext_lazy("Renewal agreement")
    whole = (*Document.whole, *NAMES)
    sealed = True

    @classmethod
    def title_for(cls, act: Act) -> str:
        return cls.naming(act.matter.title)

    @classmethod
    def naming(cls, what: str) -> str:
        return _("Renewal agreement for stall %(stall)s") % {"stall": what}

    @classmethod
    def facts(cls, act: Act) -> Mapping[str, Any]:
        renewal = renewal_of(act)
        lease = renewal.next_lease
        assert lease
        proof = Proof.from_content(renewal.signed_content)
        group = renewal.unit.above((Unit.Kind.GROUP,))
        return {
            **frozen.head(act),
            "stall": lease.stall.number,
            "tenant": lease.tenant.name,
            **cls.text(
                lease,
                renewal.terms,
                lessor=frozen.group_name(renewal),
                seat=str(group or ""),
                mall=str(renewal.unit),
                signed_by=frozen.in_words(frozen.acting(act.capacity)),
                signed_on=frozen.instant(act.at)[:10],
                tenant_signed_by=proof.by,
                tenant_signed_on=proof.on.isoformat(),
            ),
        }

    @classmethod
    def text(
        cls,
        lease: Lease,
        terms: Terms,
        *,
        lessor: str,
        mall: str,
        seat: str,
        signed_by: str,
        signed_on: str,
        tenant_signed_by: str,
        tenant_signed_on: str,
    ) -> dict[str, Any]:
        tenant, rent = lease.tenant, lease.rent
        monthly, deposit = Money(rent.monthly_in(0), lease.currency), Money(lease.deposit, lease.currency)
        values = {
            "mall": mall,
            "stall": lease.stall.number,
            "area": figure(lease.area),
            "from": day(lease.starts_on.isoformat()),
            "to": day(lease.ends_on.isoformat()),
            "price": per_area(lease.price, lease.currency),
            "monthly": monthly,
            "capitals": monthly.in_capitals,
            "escalation": percent(lease.escalation),
            "fees": per_area(lease.fees, lease.currency),
            "deposit": deposit,
            "deposit_capitals": deposit.in_capitals,
            "free": lease.rent_free,
            "way": lease.get_broken_month_display(),
            "campaigns": terms.campaigns,
        }
        years = "；".join if get_language() != "en" else "; ".join
        over_the_years = years(
            f"{year.begins} – {year.ends} {Money(year.monthly, lease.currency)}" for year in path(rent)
        )
        chapters = [
            (_("The stall"), [_("Party A lets stall %(stall)s of %(mall)s (%(area)s m²) to Party B.") % values]),
            (
                _("The term"),
                [
                    _("From %(from)s to %(to)s, following the present lease without a gap.") % values,
                    _("Whoever stays on after the end without objection rents for an indefinite time; Party B has "
                      "priority on equal terms when the stall is let again (Civil Code, article 734)."),
                ],
            ),
            (
                _("Rent, fees, deposit"),
                [
                    _("Rent %(price)s, a month %(monthly)s (%(capitals)s), payable by the fifth of the month.") % values,
                    _("It rises by %(escalation)s a year, each time on the price before. A month in each year: %(years)s.")
                    % {**values, "years": over_the_years},
                    _("Rent-free days from the first day on: %(free)s. The rent of a broken month is reckoned %(way)s.") % values,
                    _("Fees %(fees)s. Deposit %(deposit)s (%(deposit_capitals)s), paid back without interest after the settlement.") % values,
                ],
            ),
            (
                _("Campaigns and refit"),
                [
                    _("Campaigns of the mall that Party B takes part in, a year: %(campaigns)s.") % values,
                    *([_("Refit: %(refit)s") % {"refit": terms.refit}] if terms.refit else []),
                ],
            ),
            (_("Other"), [_("Two copies for each party; in force when both have signed and sealed.")]),
        ]  # fmt: skip
        return {
            "parties": [
                {
                    "role": _("Party A (lessor)"), "name": lessor, "address": mall, "licence": seat,
                    "signed_by": signed_by, "signed_on": signed_on,
                },
                {
                    "role": _("Party B (tenant)"), "name": tenant.name, "address": tenant.address,
                    "licence": tenant.licence, "signed_by": tenant_signed_by, "signed_on": tenant_signed_on,
                },
            ],
            "preamble": _("The parties have agreed to renew the lease of the stall on the following terms."),
            "chapters": numbered(chapters),
        }  # fmt: skip

    @classmethod
    def recipients(cls, act: Act) -> list[tuple[Unit, str]]:
        return [(act.matter.unit, Receipt.Purpose.TO)]


def numbered(chapters: list[tuple[str, list[str]]]) -> list[Chapter]:
    return [
        {
            "title": _("%(n)s. %(title)s") % {"n": place, "title": heading},
            "clauses": [{"number": f"{place}.{line}", "text": words} for line, words in enumerate(clauses, 1)],
        }
        for place, (heading, clauses) in enumerate(chapters, 1)
    ]
