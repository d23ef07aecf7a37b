"""Whose desk a campaign lies on, and until when. Where it goes is the machine's business."""

from viewflow import this

from workflows.organisation.offices import initiator
from workflows.steps.nodes import ByState, End, Heed, Join, MatterFlow, Opening, ShareOut, Standby, Step

from .models import (
    Campaign,
    countersigner,
    planner,
    planning_reviewer,
    region_manager,
    signer,
    store_manager,
)


def in_force_goes_on(step: Step) -> Step:
    """An approved campaign begins and ends by its dates, whatever this step still has to decide about it."""
    return step.Meanwhile("starts_at", "start_meanwhile").Meanwhile("ends_at", "close_out")


def while_undecided(step: Step) -> Step:
    """The same for a change, which moreover falls when its own last day is over."""
    return in_force_goes_on(step).Meanwhile("lapses_at", "lapse")


class CampaignFlow(MatterFlow):
    """Campaign submission

    A store declares, the region and the group review, the signer signs; the clock starts and ends it.
    """

    machine = Campaign

    start = Opening().Next(this.next_desk)
    next_desk = ByState()

    draft = (
        while_undecided(Step().HeldBy(planner))
        .Within("draft")
        .NotBefore("joint_until")
        .Agreeing("submit")
        .Next(this.next_desk)
    )
    store_review = (
        Step().HeldBy(store_manager & ~initiator).Within("store_review").Agreeing("vouch").Next(this.next_desk)
    )
    region_review = (
        Step().HeldBy(region_manager & ~initiator).Within("region_review").Agreeing("endorse").Next(this.next_desk)
    )
    group_review = (
        while_undecided(Step().HeldBy(planning_reviewer & ~initiator))
        .Within("group_review")
        .Agreeing("pass_review")
        .Next(this.next_desk)
    )

    countersign = ShareOut(this.seat, among="open_seats")
    seat = while_undecided(Step().HeldBy(countersigner)).Within("countersign").Agreeing("agree").Next(this.gathered)
    gathered = Join().Next(this.next_desk)

    signature = (
        while_undecided(Step().HeldBy(signer & ~initiator))
        .Within("signature")
        .Agreeing("sign", "sign_change")
        .Next(this.next_desk)
    )

    handed_in = Heed().Foreseeing("be_granted").Next(this.next_desk)
    approved = Standby().Until("starts_at", "start").Next(this.next_desk)
    running = Standby().Until("ends_at", "close_out").Next(this.next_desk)
    cancelling = (
        in_force_goes_on(Step().HeldBy(planning_reviewer & ~initiator))
        .Within("cancelling")
        .Agreeing("grant_cancel")
        .Next(this.next_desk)
    )

    reporting = Step().HeldBy(planner).Within("reporting").Agreeing("hand_in").Next(this.next_desk)
    evaluation = (
        Step().HeldBy(planning_reviewer & ~initiator).Within("evaluation").Agreeing("score").Next(this.next_desk)
    )

    closed = End()
    rejected = End()
    cancelled = End()
