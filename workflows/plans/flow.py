"""Whose desk a plan, a topic and a consultation lie on, and until when. Where they go is the machines' business."""

from viewflow import this

from workflows.organisation.offices import initiator
from workflows.steps.nodes import Await, ByState, End, MatterFlow, Opening, Standby, Step

from .models import Consultation, Plan, Topic, centre, lead_one, signer, turn, unit_head


class PlanFlow(MatterFlow):
    """Work plan

    Drawn up by the resource centre, written by the topics' owners, heard by the units, signed, carried out.
    """

    machine = Plan

    start = Opening().Next(this.next_desk)
    next_desk = ByState()

    drafting = Step().HeldBy(centre).Within("drafting").Agreeing("launch").Next(this.next_desk)
    topics_out = Await("all_in", of="topic", handed_in=True).Next(this.next_desk)
    drafts_in = Step().HeldBy(centre).Within("drafts_in").Agreeing("consolidate").Next(this.next_desk)
    consulting = (
        Await("close_consultation", of="consultation")
        .Until("consulting_until", "close_consultation")
        .Next(this.next_desk)
    )
    revising = Step().HeldBy(centre).Within("revising").Agreeing("finalise").Next(this.next_desk)
    plan_signature = Step().HeldBy(signer & ~initiator).Within("plan_signature").Agreeing("sign").Next(this.next_desk)
    executing = Await("topics_done", of="topic").Until("closes_at", "run_out").Next(this.next_desk)
    plan_closing = Step().HeldBy(centre).Within("plan_closing").Agreeing("close").Next(this.next_desk)

    plan_closed = End()
    plan_cancelled = End()


class TopicFlow(MatterFlow):
    """Topic

    Its lead owners write it, in their order; the resource centre takes it in and, in the end, accepts what was done.
    """

    machine = Topic

    start = Opening().Next(this.next_desk)
    next_desk = ByState()

    sending = Standby().Until("sends_at", "send").Next(this.next_desk)
    assigned = Step().HeldBy(lead_one).Within("assigned").Agreeing("accept").Next(this.next_desk)
    reassigning = Step().HeldBy(centre).Within("reassigning").Agreeing("reassign").Next(this.next_desk)
    writing = (
        Step()
        .HeldBy(turn)
        .Within("writing")
        .NotBefore("draft_by")
        .Meanwhile("writes_until", "fall_late")
        .Agreeing("cosign", "submit", "write")
        .Next(this.next_desk)
    )
    topic_submitted = Step().HeldBy(centre).Within("topic_submitted").Agreeing("take_in").Next(this.next_desk)
    consolidated = Standby().Until("begins_at", "begin_work").Next(this.next_desk)
    in_progress = (
        Step().HeldBy(lead_one).Within("in_progress").NotBefore("due").Agreeing("complete").Next(this.next_desk)
    )
    extending = Step().HeldBy(centre).Within("extending").Agreeing("grant").Next(this.next_desk)
    completion_review = Step().HeldBy(centre).Within("completion_review").Agreeing("accept_result").Next(this.next_desk)

    accepted = End()
    carried_over = End()
    topic_called_off = End()


class ConsultationFlow(MatterFlow):
    """Consultation

    A unit is asked, and answers or is silent.
    """

    machine = Consultation

    start = Opening().Next(this.next_desk)
    next_desk = ByState()

    letter_going_out = Standby().Until("sends_at", "send").Next(this.next_desk)
    asked = Step().HeldBy(unit_head).Within("asked").Agreeing("answer").Next(this.next_desk)

    answered = End()
    silent = End()
    consultation_called_off = End()
