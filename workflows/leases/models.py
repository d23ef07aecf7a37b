"""Lease renewal 铺位续约: from half a year before the end of a lease to the next one, or to an empty stall.

The whole machine stands below in the order of the domain paper's table: read the `@move` lines
top to bottom and you have read the table. `manage.py machines renewal` prints it.
"""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any, ClassVar

from django.db import IntegrityError, models, transaction
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from workflows.matters.errors import Refused
from workflows.matters.models import Matter
from workflows.matters.moves import Condition, move
from workflows.organisation import clock
from workflows.organisation.calendar import DAY, start_of
from workflows.organisation.figures import CENTS, figure, rounded
from workflows.organisation.models import Person
from workflows.organisation.offices import (
    GROUP,
    OWN_UNIT,
    Case,
    Holder,
    Office,
    Rule,
    initiator,
    the_clock,
    the_outsider,
)
from workflows.organisation.roles import Role
from workflows.policies.models import Edition
from workflows.policies.reasons import Reason

from .money import LONGEST_TERM, Currency, Money, Rent, end_of_term, too_long
from .register import Lease, Month, Stall, Tenant, in_the_way
from .rules import Threshold
from .terms import Assessment, Means, Outcome, Proof, Settlement, Terms, assess, days_before

__all__ = ["Lease", "Month", "Renewal", "Stall", "Tenant"]


def _signing_role(case: Case) -> str:
    """Which signer the limits table names for a year's rent."""
    assert isinstance(case, Renewal)
    return str(case.policy.signer(case.KIND, case.amount or Decimal(0))[0])


officer = Office(_("leasing officer"), Role.LEASING_OFFICER, OWN_UNIT)
store_manager = Office(_("store manager"), Role.STORE_MANAGER, OWN_UNIT)
finance = Office(_("finance"), Role.FINANCE, GROUP)
signer = Office(_("signer by the limits table"), _signing_role, GROUP)


class Paper:
    """The kinds of document a renewal hands out."""

    ASSESSMENT = "renewal.assessment"
    APPROVAL = "renewal.approval"
    OFFER = "renewal.offer"
    COUNTER = "renewal.counter"
    AGREEMENT = "renewal.agreement"
    NOTICE = "renewal.notice"
    HANDOVER = "renewal.handover"


class State(models.TextChoices):
    DUE = "due", _("assessment due")
    TERMS = "terms", _("terms")
    STORE_REVIEW = "store_review", _("store review")
    FINANCE_REVIEW = "finance_review", _("finance review")
    GROUP_APPROVAL = "group_approval", _("group approval")
    OFFER = "offer", _("offer to be sent")
    OFFERED = "offered", _("offered")
    CONTRACT = "contract", _("agreement with the tenant")
    SIGNATURE = "signature", _("signature")
    NOT_RENEWING = "not_renewing", _("not renewing")
    VACATING = "vacating", _("vacating")
    RENEWED = "renewed", _("renewed")
    RELEASED = "released", _("stall free again")


DUE, TERMS, STORE_REVIEW, FINANCE_REVIEW, GROUP_APPROVAL = (
    State.DUE, State.TERMS, State.STORE_REVIEW, State.FINANCE_REVIEW, State.GROUP_APPROVAL,
)  # fmt: skip
OFFER, OFFERED, CONTRACT, SIGNATURE = State.OFFER, State.OFFERED, State.CONTRACT, State.SIGNATURE
NOT_RENEWING, VACATING, RENEWED, RELEASED = State.NOT_RENEWING, State.VACATING, State.RENEWED, State.RELEASED

reviewer = Holder(
    _("whoever reviews it"),
    {
        STORE_REVIEW.value: store_manager & ~initiator,
        FINANCE_REVIEW.value: finance & ~initiator,
        GROUP_APPROVAL.value: signer & ~initiator,
        SIGNATURE.value: signer & ~initiator,
    },
)

# --- conditions: what must be true, and the words for when it is not ---------------------------------

nothing_owed = Condition(
    lambda renewal: renewal.terms.outcome == Outcome.END or not renewal.owes_too_much,
    lambda renewal: (
        gettext("%(tenant)s owes %(amount)s today; that is paid before anything is cleared or signed.")
        % {"tenant": renewal.lease.tenant, "amount": renewal.lease.money(renewal.lease.arrears())}
    ),
    summary=_("The tenant owes nothing, on the day."),
)
not_held = Condition(lambda renewal: renewal.held_since is None, _("It is on hold already."), hides=True)
stall_is_free = Condition(
    lambda renewal: renewal.next_stall == renewal.lease.stall or renewal.next_stall.is_free,
    lambda renewal: gettext("Stall %(stall)s has been let meanwhile.") % {"stall": renewal.next_stall},
    summary=_("The other stall is still free."),
)


class Renewal(Matter):
    """One lease's end: what follows it."""

    KIND: ClassVar[str] = "renewal"
    PREFIX: ClassVar[str] = "XZ"
    FIRST: ClassVar[str] = DUE
    ENDS: ClassVar[frozenset[str]] = frozenset({RENEWED, RELEASED})
    OPENED_BY: ClassVar[Rule] = the_clock
    State = State

    lease = models.OneToOneField(Lease, models.PROTECT, related_name="renewal", verbose_name=_("lease"))
    assessment_content = models.JSONField(_("assessment"), default=dict)
    terms_content = models.JSONField(_("proposal"), default=dict)  # what lies with the reviewers, or was offered
    rounds = models.JSONField(_("rounds"), default=list)  # [{"number", "side", "terms", "at", "proof"}], in order
    held_since = models.DateField(_("on hold since"), null=True)
    offered_at = models.DateTimeField(_("offered"), null=True)
    answer_content = models.JSONField(_("answer of the tenant"), default=dict)
    signed_content = models.JSONField(_("signed by the tenant"), default=dict)
    notice_content = models.JSONField(_("notice"), default=dict)  # {"reason", "competing"}
    settlement_content = models.JSONField(_("handover"), default=dict)

    class Meta:
        verbose_name, verbose_name_plural = _("renewal"), _("renewals")

    def opened(self) -> None:
        self.because(Reason.of("renewal_due", day=self.lease.ends_on))
        Lease.objects.filter(pk=self.lease_id).update(awaits_renewal=False)

    def snapshot(self) -> dict[str, Any]:
        return {
            **super().snapshot(),
            "assessment_content": self.assessment_content,
            "terms_content": self.terms_content,
            "rounds": len(self.rounds) or None,
            "held_since": self.held_since.isoformat() if self.held_since else None,
            "answer_content": self.answer_content,
            "signed_content": self.signed_content,
            "notice_content": self.notice_content,
            "settlement_content": self.settlement_content,
        }

    # --- what it says ----------------------------------------------------------------------------------

    @property
    def assessment(self) -> Assessment | None:
        return Assessment.from_content(self.assessment_content) if self.assessment_content else None

    @property
    def terms(self) -> Terms:
        return Terms.from_content(self.terms_content)

    @property
    def answer(self) -> Proof | None:
        return Proof.from_content(self.answer_content) if self.answer_content else None

    @property
    def settlement(self) -> Settlement | None:
        return Settlement.from_content(self.settlement_content) if self.settlement_content else None

    def present_terms(self) -> Terms:
        """The lease as it is, in the shape of a proposal: its last year's price, renewed as it stands."""
        lease = self.lease
        return Terms(
            stall_name=lease.stall.number,
            area=lease.area,
            months=36,
            price=lease.last_price,
            escalation=lease.escalation,
            fees=lease.fees,
            deposit=lease.deposit,
        )

    @property
    def next_stall(self) -> Stall:
        """The stall the next lease is to be of."""
        key, own = self.terms.stall, self.lease.stall
        return Stall.objects.select_related("mall").get(pk=key) if key and key != own.pk else own

    @property
    def next_starts_on(self) -> date:
        """The day after the lease's last; whoever stayed on beyond it moves to another stall no earlier than today."""
        after: date = self.lease.ends_on + DAY
        return after if self.next_stall == self.lease.stall else max(after, clock.today())

    def rent_of(self, terms: Terms) -> Rent:
        """What a lease on those terms would cost."""
        first, lease = self.next_starts_on, self.lease
        return Rent(
            first,
            end_of_term(first, terms.months),
            terms.price,
            terms.area or lease.area,
            terms.escalation,
            terms.rent_free,
            lease.broken_month,
            lease.currency,
        )

    @property
    def owes_too_much(self) -> bool:
        """Whether the tenant owes more today than the policy of the day tolerates (in CNY)."""
        tolerated = Edition.current(clock.today()).threshold(self.KIND, Threshold.ARREARS)
        return tolerated is not None and self.in_cny(self.lease.arrears()) > tolerated

    def in_cny(self, amount: Decimal) -> Decimal:
        """An amount in the lease's currency as the limits table counts it."""
        rate = self._figure(Threshold.HKD) if self.lease.currency == Currency.HKD else Decimal(100)
        return rounded(amount * rate / 100, CENTS)

    def _figure(self, name: str, default: int = 0) -> Decimal:
        value = self.policy.threshold(self.KIND, name)
        return Decimal(default) if value is None else value

    # --- the calendar: days counted back from the end of the term -----------------------------------------

    @property
    def terms_by(self) -> date:
        return days_before(self.lease.ends_on, self._figure(Threshold.TERMS))

    @property
    def offer_by(self) -> date:
        return days_before(self.lease.ends_on, self._figure(Threshold.OFFER))

    @property
    def answer_by(self) -> date:
        return days_before(self.lease.ends_on, self._figure(Threshold.ANSWER))

    @property
    def notice_by(self) -> date:
        return days_before(self.lease.ends_on, self._figure(Threshold.NOTICE))

    @property
    def ends_on(self) -> date:
        ends: date = self.lease.ends_on
        return ends

    @property
    def lapses_at(self) -> datetime | None:
        """When an unanswered offer lapses: the tenant has whole days."""
        if self.offered_at is None:
            return None
        return start_of(timezone.localdate(self.offered_at) + DAY * (int(self._figure(Threshold.LAPSES, 30)) + 1))

    @property
    def is_held_over(self) -> bool:
        """Whether the term is over and the tenant still in the stall."""
        return self.lease.is_held_over(clock.today())

    # --- the pricing rule -----------------------------------------------------------------------------------

    def outside(self) -> list[Reason]:
        """Why the proposal is outside the pricing rule of its edition; empty where it is inside."""
        found, terms, assessment = [], self.terms, self.assessment
        below = self.policy.threshold(self.KIND, Threshold.BELOW_MARKET)
        if below is not None and assessment:
            market = assessment.market_price
            if terms.price < rounded(market * (100 - below) / 100, CENTS):
                found.append(Reason.of("renewal_below_market", amount=terms.price, market=figure(market), limit=below))
        rise, present = self.policy.threshold(self.KIND, Threshold.LEAST_RISE), self.lease.last_price
        if rise is not None and terms.price < rounded(present * (100 + rise) / 100, CENTS):
            found.append(Reason.of("renewal_rise", amount=terms.price, present=figure(present), limit=rise))
        least = self.policy.threshold(self.KIND, Threshold.LEAST_ESCALATION)
        if least is not None and terms.escalation < least:
            found.append(Reason.of("renewal_escalation", percent=figure(terms.escalation), limit=least))
        most = self.policy.threshold(self.KIND, Threshold.MOST_RENT_FREE)
        if most is not None and terms.rent_free > most:
            found.append(Reason.of("renewal_rent_free", count=terms.rent_free, limit=most))
        return found

    def _checked(self, terms: Terms) -> None:
        """Raises Refused where nobody could agree to `terms`: the law, or a stall that is not to be had."""
        if terms.outcome == Outcome.END:
            return
        if too_long(self.next_starts_on, end_of_term(self.next_starts_on, terms.months)):
            raise Refused(
                {
                    "months": gettext("A lease may not run for more than %(years)d years (Civil Code, article 705).")
                    % {"years": LONGEST_TERM}
                }
            )
        if terms.outcome == Outcome.MOVE:
            stall = Stall.objects.filter(pk=terms.stall or 0, mall=self.unit_id).first()
            if stall is None or stall == self.lease.stall:
                raise Refused({"stall": _("Please choose another stall of this mall.")})
            if not stall.is_free:
                raise Refused({"stall": gettext("Stall %(stall)s is let.") % {"stall": stall}})

    def _lay_down(self, terms: Terms) -> None:
        self.terms_content = terms.content()
        self.amount = self.in_cny(self.rent_of(terms).annual_in(0)) if terms.outcome != Outcome.END else None

    def _round(self, side: str, terms: Terms, proof: Proof | None = None) -> None:
        self.rounds = [
            *self.rounds,
            {
                "number": len(self.rounds) + 1,
                "side": side,
                "terms": terms.content(),
                "at": clock.today().isoformat(),
                "proof": proof.content() if proof else {},
            },
        ]

    def _known_by(self, by: Person, proof: Proof) -> None:
        """The line says of an answer by link that it is one, and to whom the code was sent; nobody else claims that."""
        if by.is_outsider != (proof.means == Means.LINK):
            raise Refused(_("Only the tenant answers by the link."))
        if by.is_outsider:
            self.because(Reason.of("renewal_by_link", name=proof.by, to=proof.words))

    def _after_clear(self, **_answers: Any) -> str:
        if self.terms.outcome == Outcome.END:
            self.because(Reason("renewal_end"))
            return NOT_RENEWING
        if reasons := self.outside():
            self.because(*reasons)
            return GROUP_APPROVAL
        self.because(Reason("renewal_within"))
        return OFFER

    def as_planned(self, move: str) -> dict[str, Any]:
        """A tenant who takes the present terms, raised as the policy asks."""
        today = clock.today()
        proof = Proof(self.lease.tenant.contact, today, "letter") if move in ("accept", "lay_before") else None
        present = self.present_terms()
        renewed = Terms(**{**vars(present), "escalation": max(present.escalation, Decimal(3))})
        answers: dict[str, dict[str, Any]] = {
            "assess": {"market_price": self.lease.last_price, "remark": "—"},
            "propose": {"terms": renewed},
            "accept": {"proof": proof},
            "lay_before": {"proof": proof},
            "notify": {"competing": ""},
            "hand_over": {"settlement": Settlement(today, self.lease.deposit, Decimal(0))},
        }
        return answers.get(move, {})

    # --- the machine -------------------------------------------------------------------------------------

    @move(
        source=DUE,
        target=TERMS,
        by=officer,
        verb=_("Assess"),
        done=_("assessed the tenant"),
        issues=[Paper.ASSESSMENT],
    )
    def assess(self, *, by: Person, note: str = "", market_price: Decimal, remark: str) -> None:
        """What the register says of twelve months, and what the leasing officer says to it."""
        self.assessment_content = assess(self.lease, clock.today(), market_price, remark).content()

    @move(
        source=TERMS,
        target=STORE_REVIEW,
        by=officer,
        verb=_("Propose"),
        done=_("proposed terms"),
        verdict="submit",
    )
    def propose(self, *, by: Person, note: str = "", terms: Terms) -> None:
        """To renew, to renew elsewhere or not to renew: on which terms."""
        self._checked(terms)
        if terms.outcome == Outcome.END and not note:
            raise Refused({"note": _("Please write the reason.")})
        self.policy = Edition.current(clock.today())
        self.submitted_at = self.submitted_at or clock.now()
        self.held_since = None
        self._lay_down(terms)

    @move(
        source=STORE_REVIEW,
        target=FINANCE_REVIEW,
        by=store_manager & ~initiator,
        verb=_("Agree"),
        done=_("agreed for the store"),
        verdict="agree",
    )
    def agree(self, *, by: Person, note: str = "") -> None:
        """The store manager stands behind the terms."""

    @move(
        source=FINANCE_REVIEW,
        target=[GROUP_APPROVAL, OFFER, NOT_RENEWING],
        where=_after_clear,
        by=finance & ~initiator,
        verb=_("Clear"),
        done=_("cleared it"),
        when=[nothing_owed, stall_is_free],
        verdict="agree",
    )
    def clear(self, *, by: Person, note: str = "") -> None:
        """Nothing is owed; inside the pricing rule that suffices."""
        if self.held_since:
            self.because(Reason("renewal_hold_lifted"))
        self.held_since = None

    @move(
        source=FINANCE_REVIEW,
        by=finance & ~initiator,
        verb=_("Hold"),
        done=_("put it on hold"),
        when=[not_held],
        reason=True,
    )
    def hold(self, *, by: Person, note: str = "") -> None:
        """Arrears: it stays here until they are paid."""
        self.held_since = clock.today()

    @move(
        source=GROUP_APPROVAL,
        target=OFFER,
        by=signer & ~initiator,
        verb=_("Approve"),
        done=_("approved the terms"),
        issues=[Paper.APPROVAL],
        verdict="agree",
    )
    def approve(self, *, by: Person, note: str = "") -> None:
        """The group agrees to terms outside the pricing rule."""

    @move(
        source=[STORE_REVIEW, FINANCE_REVIEW, GROUP_APPROVAL],
        target=TERMS,
        by=reviewer,
        verb=_("Return"),
        done=_("returned"),
        reason=True,
        verdict="return",
    )
    def send_back(self, *, by: Person, note: str = "") -> None:
        """The leasing officer shall propose something else."""
        self.held_since = None

    @move(
        source=GROUP_APPROVAL,
        target=NOT_RENEWING,
        by=signer & ~initiator,
        verb=_("Reject"),
        done=_("rejected the renewal"),
        issues=[Paper.APPROVAL],
        reason=True,
        verdict="reject",
    )
    def reject(self, *, by: Person, note: str = "") -> None:
        """The group does not renew."""

    @move(
        source=OFFER,
        target=OFFERED,
        by=officer,
        verb=_("Send the offer"),
        done=_("sent the offer"),
        issues=[Paper.OFFER],
        when=[stall_is_free],
    )
    def send(self, *, by: Person, note: str = "") -> None:
        """The offer goes out, as one more round."""
        self.offered_at, self.answer_content = clock.now(), {}
        self._round("lessor", self.terms)

    @move(
        source=OFFERED,
        target=CONTRACT,
        by=officer | the_outsider,
        verb=_("Accepted"),
        done=_("recorded that the tenant accepts"),
    )
    def accept(self, *, by: Person, note: str = "", proof: Proof) -> None:
        """The tenant takes the offer; how one knows is recorded."""
        self._known_by(by, proof)
        self.answer_content = {"answer": "accept", **proof.content()}

    @move(
        source=OFFERED,
        target=TERMS,
        by=officer | the_outsider,
        verb=_("Countered"),
        done=_("recorded a counter-offer"),
        issues=[Paper.COUNTER],
    )
    def counter(self, *, by: Person, note: str = "", terms: Terms, proof: Proof) -> None:
        """The tenant wants other terms: one more round, and the officer proposes anew."""
        self._known_by(by, proof)
        offered = self.terms
        countered = Terms(**{**vars(offered), **{name: vars(terms)[name] for name in COUNTERED}})
        self._checked(countered)
        if countered == offered:
            raise Refused(_("The counter-offer says what the offer says."))
        self.answer_content = {"answer": "counter", **proof.content()}
        self._round("tenant", countered, proof)

    @move(
        source=OFFERED,
        target=NOT_RENEWING,
        by=officer | the_outsider,
        verb=_("Declined"),
        done=_("recorded that the tenant declines"),
    )
    def decline(self, *, by: Person, note: str = "", proof: Proof) -> None:
        """The tenant goes."""
        self._known_by(by, proof)
        self.answer_content = {"answer": "decline", **proof.content()}

    @move(source=OFFERED, target=NOT_RENEWING, by=the_clock, verb=_("Let it lapse"), done=_("let the offer lapse"))
    def lapse(self, *, by: Person, note: str = "") -> None:
        """Nobody answered in time."""
        self.because(Reason.of("renewal_lapsed", limit=self._figure(Threshold.LAPSES, 30)))

    @move(
        source=CONTRACT,
        target=SIGNATURE,
        by=officer,
        verb=_("Lay it before the signer"),
        done=_("had the tenant sign"),
        when=[nothing_owed, stall_is_free],
    )
    def lay_before(self, *, by: Person, note: str = "", proof: Proof) -> None:
        """The tenant has signed, and the leasing officer for the mall; now the group."""
        self.signed_content = proof.content()

    @move(
        source=SIGNATURE,
        target=RENEWED,
        by=signer & ~initiator,
        verb=_("Sign"),
        done=_("signed the agreement"),
        issues=[Paper.AGREEMENT],
        when=[nothing_owed, stall_is_free],
        verdict="agree",
    )
    def sign(self, *, by: Person, note: str = "") -> None:
        """In one transaction the old lease ends, and the next one begins the day after."""
        self._next_lease()

    @move(
        source=SIGNATURE,
        target=CONTRACT,
        by=reviewer,
        verb=_("Return"),
        done=_("returned the agreement"),
        reason=True,
        verdict="return",
    )
    def give_back(self, *, by: Person, note: str = "") -> None:
        """Something of the agreement is to be put in order."""
        self.signed_content = {}

    @move(
        source=[CONTRACT, OFFER],
        target=NOT_RENEWING,
        by=officer,
        verb=_("Break off"),
        done=_("broke it off"),
        reason=True,
    )
    def break_off(self, *, by: Person, note: str = "") -> None:
        """What was agreed does not come about: the tenant does not sign, or does not pay."""

    @move(
        source=NOT_RENEWING,
        target=VACATING,
        by=officer,
        verb=_("Give notice"),
        done=_("gave notice"),
        issues=[Paper.NOTICE],
        reason=True,
    )
    def notify(self, *, by: Person, note: str = "", competing: str = "") -> None:
        """The tenant is told that and why the lease ends, and that they go first on equal terms (article 734)."""
        left = (self.lease.ends_on - clock.today()).days
        least = self._figure(Threshold.NOTICE)
        if left < least:
            self.because(Reason.of("renewal_notice_late", count=left, limit=least))
        self.notice_content = {"reason": note, "competing": competing}

    @move(
        source=[NOT_RENEWING, VACATING],
        target=TERMS,
        by=officer,
        verb=_("Take up terms again"),
        done=_("took up terms again"),
        reason=True,
    )
    def take_up(self, *, by: Person, note: str = "") -> None:
        """The tenant claims priority on equal terms, or both come to terms after all."""
        self.notice_content = {}

    @move(
        source=VACATING,
        target=RELEASED,
        by=officer,
        verb=_("Hand over"),
        done=_("took the stall back"),
        issues=[Paper.HANDOVER],
    )
    def hand_over(self, *, by: Person, note: str = "", settlement: Settlement) -> None:
        """Meters are read, the deposit is settled, the stall is free from the day after."""
        if settlement.on > clock.today():
            raise Refused({"on": _("The handover lies in the future.")})
        if settlement.on < self.lease.starts_on:
            raise Refused({"on": _("The handover lies before the lease.")})
        lease = self.lease
        self.settlement_content = Settlement(
            **{**vars(settlement), "deposit": lease.deposit, "arrears": lease.arrears()}
        ).content()
        self._close(settlement.on, Lease.State.RELEASED)

    # --- the leases ------------------------------------------------------------------------------------------

    def _close(self, until: date, state: str) -> None:
        lease = Lease.objects.select_for_update().get(pk=self.lease_id)
        lease.state, lease.held_until = state, until
        lease.save(update_fields=["state", "held_until"])
        self.lease = lease

    def _next_lease(self) -> None:
        """Raises Refused where somebody else let the stall at the same instant."""
        terms, old, stall, first = self.terms, self.lease, self.next_stall, self.next_starts_on
        self._close(first - DAY, Lease.State.RENEWED)
        following = Lease(
            stall=stall,
            tenant=old.tenant,
            starts_on=first,
            ends_on=end_of_term(first, terms.months),
            area=terms.area or stall.area,
            price=terms.price,
            escalation=terms.escalation,
            rent_free=terms.rent_free,
            fees=terms.fees,
            deposit=terms.deposit,
            currency=old.currency,
            broken_month=old.broken_month,
            follows=old,
        )
        try:
            with transaction.atomic():
                following.save()
        except IntegrityError as refusal:
            other = following.in_the_way()
            raise Refused(in_the_way(other) if other else str(refusal)) from refusal

    @property
    def next_lease(self) -> Lease | None:
        return Lease.objects.filter(follows=self.lease_id).first()

    def money(self, amount: Decimal) -> Money:
        return self.lease.money(amount)


COUNTERED = ("months", "price", "escalation", "rent_free", "deposit")  # what a tenant may want otherwise
