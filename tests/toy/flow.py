"""The desks of the toy workflow."""

from viewflow import this

from workflows.steps.nodes import ByState, End, Join, MatterFlow, Opening, ShareOut, Step

from .models import Plan, office, owner, signatory


class PlanFlow(MatterFlow):
    process_title = "plan"
    machine = Plan

    start = Opening().Next(this.next_desk)
    next_desk = ByState()
    writing = Step().HeldBy(owner).Within("writing").Agreeing("hand_in").Next(this.next_desk)
    signing = ShareOut(this.seat, among="open_seats")
    seat = Step().HeldBy(signatory).Meanwhile("signing_ends_at", "go_on").Agreeing("put_name").Next(this.gathered)
    gathered = Join().Next(this.next_desk)
    closing = Step().HeldBy(office).Within("closing").Agreeing("close").Next(this.next_desk)
    done = End()
