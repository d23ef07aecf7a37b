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

    # the calendar counted back from the end: whichever step is open before one of its days is due on it
    due = Step().HeldBy(officer).Within("due").NotAfter("terms_by").Agreeing("assess").Next(this.next_desk)
    terms = (
        Step()
        .HeldBy(officer)
        .Within("terms")
        .NotBefore("terms_by")
        .NotAfter("terms_by")
        .Agreeing("propose")
        .Next(this.next_desk)
    )
    store_review = (
        Step()
        .HeldBy(store_manager & ~initiator)
        .Within("store_review")
        .NotAfter("offer_by")
        .Agreeing("agree")
        .Next(this.next_desk)
    )
    finance_review = (
        Step()
        .HeldBy(finance & ~initiator)
        .Within("finance_review")
        .NotAfter("offer_by")
        .Agreeing("clear")
        .Next(this.next_desk)
    )
    group_approval = (
        Step()
        .HeldBy(signer & ~initiator)
        .Within("group_approval")
        .NotAfter("offer_by")
        .Agreeing("approve")
        .Next(this.next_desk)
    )
    offer = (
        Step()
        .HeldBy(officer)
        .Within("offer")
        .NotBefore("offer_by")
        .NotAfter("offer_by")
        .Agreeing("send")
        .Next(this.next_desk)
    )
    offered = (
        Step()
        .HeldBy(officer)
        .Within("offered")
        .NotAfter("answer_by")
        .Meanwhile("lapses_at", "lapse")
        .Agreeing("accept")
        .Next(this.next_desk)
    )
    contract = Step().HeldBy(officer).Within("contract").NotAfter("ends_on").Agreeing("lay_before").Next(this.next_desk)
    signature = (
        Step().HeldBy(signer & ~initiator).Within("signature").NotAfter("ends_on").Agreeing("sign").Next(this.next_desk)
    )
    not_renewing = (
        Step()
        .HeldBy(officer)
        .Within("not_renewing")
        .NotBefore("notice_by")
        .NotAfter("notice_by")
        .Agreeing("notify")
        .Next(this.next_desk)
    )
    vacating = Step().HeldBy(officer).Within("vacating").NotBefore("ends_on").Agreeing("hand_over").Next(this.next_desk)

    renewed = End()
    released = End()
