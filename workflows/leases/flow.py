"""Whose desk a renewal lies on, and until when. Where it goes is the machine's business."""

from viewflow import this

from workflows.organisation.offices import initiator
from workflows.steps.nodes import ByState, End, MatterFlow, Opening, Step

from .models import Renewal, finance, officer, signer, store_manager


class RenewalFlow(MatterFlow):
    """Lease renewal

    The clock opens it, the mall proposes, finance and at need the group decide, the tenant answers.
    """

    machine = Renewal

    start = Opening().Next(this.next_desk)
    next_desk = ByState()

    due = Step().HeldBy(officer).Within("due").Agreeing("assess").Next(this.next_desk)
    terms = Step().HeldBy(officer).Within("terms").NotBefore("terms_by").Agreeing("propose").Next(this.next_desk)
    store_review = (
        Step().HeldBy(store_manager & ~initiator).Within("store_review").Agreeing("agree").Next(this.next_desk)
    )
    finance_review = Step().HeldBy(finance & ~initiator).Within("finance_review").Agreeing("clear").Next(this.next_desk)
    group_approval = (
        Step().HeldBy(signer & ~initiator).Within("group_approval").Agreeing("approve").Next(this.next_desk)
    )
    offer = Step().HeldBy(officer).Within("offer").NotBefore("offer_by").Agreeing("send").Next(this.next_desk)
    offered = (
        Step().HeldBy(officer).Within("offered").Meanwhile("lapses_at", "lapse").Agreeing("accept").Next(this.next_desk)
    )
    contract = Step().HeldBy(officer).Within("contract").Agreeing("lay_before").Next(this.next_desk)
    signature = Step().HeldBy(signer & ~initiator).Within("signature").Agreeing("sign").Next(this.next_desk)
    not_renewing = (
        Step().HeldBy(officer).Within("not_renewing").NotBefore("notice_by").Agreeing("notify").Next(this.next_desk)
    )
    vacating = Step().HeldBy(officer).Within("vacating").NotBefore("ends_on").Agreeing("hand_over").Next(this.next_desk)

    renewed = End()
    released = End()
