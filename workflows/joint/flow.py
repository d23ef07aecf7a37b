"""Whose desk a joint campaign lies on, and until when. Where it goes is the machine's business."""

from viewflow import this

from workflows.organisation.offices import initiator
from workflows.steps.nodes import Await, ByState, End, Join, MatterFlow, Opening, ShareOut, Step

from .models import Joint, countersigner, leader, signer


class JointFlow(MatterFlow):
    """Joint campaign

    The group invites stores, each hands in its part, one signature approves them all; it closes when they have closed.
    """

    machine = Joint

    start = Opening().Next(this.next_desk)
    next_desk = ByState()

    draft = Step().HeldBy(leader).Within("draft").Agreeing("invite").Next(this.next_desk)
    collecting = Await("all_in", handed_in=True).Until("collects_until", "day_over").Next(this.next_desk)
    gathered = Step().HeldBy(leader).Within("gathered").Agreeing("submit_whole").Next(this.next_desk)

    countersign = ShareOut(this.seat, among="open_seats")
    seat = Step().HeldBy(countersigner).Within("countersign").Agreeing("agree").Next(this.joined)
    joined = Join().Next(this.next_desk)

    signature = Step().HeldBy(signer & ~initiator).Within("signature").Agreeing("sign").Next(this.next_desk)
    executing = Await("all_ended").Next(this.next_desk)
    cancelling = Step().HeldBy(signer & ~initiator).Within("cancelling").Agreeing("grant_cancel").Next(this.next_desk)

    closed = End()
    rejected = End()
    cancelled = End()
