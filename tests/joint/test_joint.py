"""One parent, invited stores: each declares its part or is recorded absent, one signature approves them all."""

from datetime import timedelta
from decimal import Decimal

import pytest

from documents.models import IssuedDocument, Receipt
from tests.conftest import complete_declaration
from workflows.campaigns import declaration
from workflows.campaigns.models import Campaign
from workflows.joint.models import Joint, _signing_role
from workflows.joint.money import TARGETS, Payer, in_percent, summed
from workflows.matters.errors import NotYours, Refused, StepOutOfOrder
from workflows.matters.perform import begin, perform
from workflows.organisation import clock
from workflows.organisation.models import Post
from workflows.steps.models import StepTask
from workflows.steps.rehearse import rehearse
from workflows.steps.sweep import sweep

from .conftest import (
    a_draft,
    a_frame,
    countersigned,
    declare,
    five_payers,
    fresh,
    gathered,
    hand_in,
    invited,
    part_of,
    run_through,
    signed,
    states,
)


def papers(matter):
    return list(IssuedDocument.objects.filter(matter=matter.pk).order_by("issued_at").values_list("kind", flat=True))


def past_the_day(joint):
    return clock.at(fresh(joint).collects_until + timedelta(minutes=1))


# --- inviting -----------------------------------------------------------------------------------------------


def test_each_invited_store_gets_a_part_of_its_own_with_the_frame_of_the_group(joint):
    part = part_of(joint, "hz-west")

    assert states(joint) == ("collecting", dict.fromkeys(("hz-west", "sz-lake", "shenzhen-bay"), "draft"))
    assert (part.unit.code, part.title, part.initiator.is_system) == ("hz-west", "双十一全国联动（杭州城西店）", True)
    declared = part.declared
    assert (declared.theme, declared.kind, declared.starts_on, declared.ends_on) == (
        "把新机带回家", "national", joint.starts_on, joint.ends_on,
    )  # fmt: skip
    task = StepTask.objects.get(matter=part.pk, closed_at=None)
    assert task.due_at.date() >= joint.hand_in_by


def test_the_letter_goes_to_every_store(joint):
    letter = IssuedDocument.objects.get(matter=joint.pk)

    assert letter.kind == "joint.invitation"
    assert letter.facts["to"] == ["杭州城西店", "苏州湖东店", "深圳湾店"]
    assert sorted(Receipt.objects.filter(document=letter).values_list("unit__code", "purpose")) == [
        ("hz-west", "to"), ("shenzhen-bay", "to"), ("sz-lake", "to"),
    ]  # fmt: skip


def test_only_the_groups_planning_opens_one_and_invites(chain):
    for person in (chain.planner, chain.region_manager, chain.vice_president, chain.nobody):
        with pytest.raises(NotYours):
            begin(Joint(unit=chain.group, title="联动"), by=person, frame=a_frame())
    joint = a_draft(chain)
    for person in (chain.planner, chain.region_manager, chain.vice_president):
        with pytest.raises(NotYours):
            perform(joint.invite, by=person)


def test_what_cannot_be_invited_to_is_said_field_by_field(chain):
    today = clock.today()
    wrong = a_frame(stores=["hz-west"], hand_in_by=today, ends_on=today, words="")

    assert sorted(Joint.complaints(wrong)) == ["ends_on", "hand_in_by", "stores", "words"]
    joint = a_draft(chain)
    with clock.at(clock.now() + timedelta(days=11)), pytest.raises(Refused, match="未来"):
        perform(joint.invite, by=chain.planning_reviewer)  # the day to hand in by has passed since


# --- handing in -----------------------------------------------------------------------------------------------


def test_a_part_goes_from_the_planner_by_the_region_into_the_joint_campaign_and_no_further(chain, joint):
    part = hand_in(chain, joint, "hz-west")

    assert (part.state, part.in_force) == ("handed_in", 0)
    assert StepTask.objects.get(matter=part.pk, closed_at=None).waits
    for person in chain.people().values():
        with pytest.raises(NotYours):
            perform(part.be_granted, by=person)
    with pytest.raises(StepOutOfOrder):
        perform(part.withdraw, by=chain.planner)


def test_a_part_of_30_000_is_endorsed_by_the_store_first(chain, joint):
    part = declare(chain, joint, "hz-west", 40_000)

    assert part.state == "store_review"
    perform(part.vouch, by=chain.store_manager)
    perform(part.endorse, by=chain.region_manager)
    assert part.state == "handed_in"


def test_a_part_lies_within_the_days_of_the_whole(chain, joint):
    part = part_of(joint, "hz-west")
    early = complete_declaration(20_000, starts_on=joint.starts_on - timedelta(days=3))
    perform(part.save_draft, by=chain.planner, declaration=early)

    with pytest.raises(Refused):
        perform(part.submit, by=chain.planner)
    assert list(part.complaints(early)) == ["starts_on"]


def test_the_parent_goes_on_when_the_last_part_is_in_and_not_before(chain, joint):
    hand_in(chain, joint, "hz-west", 20_000)
    hand_in(chain, joint, "sz-lake", 15_000)
    sweep()
    assert fresh(joint).state == "collecting"

    hand_in(chain, joint, "shenzhen-bay", 10_000)
    sweep()
    sweep()

    joint = fresh(joint)
    assert (joint.state, joint.amount, joint.absent) == ("gathered", Decimal(45_000), {})
    assert {code: part["total"] for code, part in joint.parts.items()} == {
        "hz-west": "20000.00", "sz-lake": "15000.00", "shenzhen-bay": "10000.00",
    }  # fmt: skip


def test_a_store_that_is_late_is_recorded_absent_with_a_line_of_its_own(chain, joint):
    hand_in(chain, joint, "hz-west")
    hand_in(chain, joint, "sz-lake")
    with past_the_day(joint):
        sweep()
        sweep()

    assert states(joint) == (
        "gathered", {"hz-west": "handed_in", "sz-lake": "handed_in", "shenzhen-bay": "cancelled"},
    )  # fmt: skip
    assert fresh(joint).absent == {"shenzhen-bay": "late"}
    line = part_of(joint, "shenzhen-bay").trail.last()
    assert (line.action, line.actor.is_system, line.note) == ("call_off", True, f"截至{joint.hand_in_by}未报送。")


def test_a_store_that_does_not_want_to_says_so_and_nobody_waits_for_it(chain, joint):
    perform(part_of(joint, "shenzhen-bay").discard, by=chain.other_planner, note="档期已满")
    hand_in(chain, joint, "hz-west")
    hand_in(chain, joint, "sz-lake")
    sweep()

    assert (fresh(joint).state, fresh(joint).absent) == ("gathered", {"shenzhen-bay": "declined"})


def test_a_late_store_is_let_in_with_a_reason_and_a_day_of_its_own(chain):
    joint = gathered(chain, amounts=(20_000, 20_000, 0))
    with past_the_day(joint):
        sweep()
        sweep()
        joint = fresh(joint)
        until = clock.today() + timedelta(days=3)
        with pytest.raises(Refused):
            perform(joint.let_in, by=chain.planning_reviewer, store="shenzhen-bay", until=until)
        with pytest.raises(Refused, match="未来"):
            perform(joint.let_in, by=chain.planning_reviewer, note="补报", store="shenzhen-bay", until=clock.today())
        with pytest.raises(Refused, match="未参加"):
            perform(joint.let_in, by=chain.planning_reviewer, note="补报", store="hz-west", until=until)
        perform(joint.let_in, by=chain.planning_reviewer, note="系统故障，准予补报", store="shenzhen-bay", until=until)
        sweep()
        assert states(joint)[0] == "collecting"
        assert part_of(joint, "shenzhen-bay").state == "draft"
        hand_in(chain, joint, "shenzhen-bay", 10_000)
        sweep()

    assert (fresh(joint).state, fresh(joint).amount, fresh(joint).absent) == ("gathered", Decimal(50_000), {})
    assert papers(joint) == ["joint.invitation", "joint.invitation"]
    assert IssuedDocument.objects.filter(matter=joint.pk).order_by("issued_at").last().facts["to"] == ["深圳湾店"]


def test_where_nobody_hands_in_there_is_nothing_to_submit(chain, joint):
    with past_the_day(joint):
        sweep()
        sweep()
        joint = fresh(joint)
        with pytest.raises(Refused, match="报送"):
            perform(joint.submit_whole, by=chain.planning_reviewer)
        perform(joint.cancel, by=chain.planning_reviewer, note="无门店参加")

    assert states(joint) == ("cancelled", dict.fromkeys(("hz-west", "sz-lake", "shenzhen-bay"), "cancelled"))


def test_a_part_that_is_returned_is_written_anew_and_the_others_stay_in(chain):
    joint = gathered(chain)
    until = clock.today() + timedelta(days=5)
    perform(joint.return_part, by=chain.planning_reviewer, note="预算过高", store="hz-west", until=until)
    sweep()

    part = part_of(joint, "hz-west")
    assert (part.state, part.version, part.trail.last().note) == ("draft", 2, "预算过高")
    assert states(joint) == ("collecting", {"hz-west": "draft", "sz-lake": "handed_in", "shenzhen-bay": "handed_in"})
    hand_in(chain, joint, "hz-west", 12_000)
    sweep()
    assert (fresh(joint).state, fresh(joint).amount) == ("gathered", Decimal(52_000))


# --- one approval ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("amounts", "seats", "signer"),
    [
        ((10_000, 10_000, 10_000), {"brand"}, "vice_president"),
        ((20_000, 20_000, 20_000), {"brand", "finance"}, "vice_president"),
        ((29_000, 29_000, 29_000), {"brand", "finance"}, "vice_president"),
        ((80_000, 80_000, 50_000), {"brand", "finance"}, "president"),
    ],
)
def test_the_sum_decides_who_countersigns_and_who_signs(chain, amounts, seats, signer):
    joint = invited(chain)
    for code, amount, manager in zip(
        ("hz-west", "sz-lake", "shenzhen-bay"),
        amounts,
        (chain.store_manager, chain.neighbour_store_manager, chain.other_store_manager),
        strict=True,
    ):
        part = declare(chain, joint, code, amount)
        if part.state == "store_review":
            perform(part.vouch, by=manager)
        perform(part.endorse, by=chain.other_region_manager if code == "shenzhen-bay" else chain.region_manager)
    sweep()
    joint = fresh(joint)
    perform(joint.submit_whole, by=chain.planning_reviewer)

    assert set(joint.seats) == seats
    for seat in seats:
        perform(joint.agree, by=getattr(chain, seat), seat=seat)
    assert _signing_role(joint) == signer
    other = chain.vice_president if signer == "president" else chain.president
    with pytest.raises(NotYours):
        perform(joint.sign, by=other)


def test_one_signature_approves_all_parts_and_one_circular_lists_them(chain):
    joint = signed(chain)

    assert states(joint) == ("executing", dict.fromkeys(("hz-west", "sz-lake", "shenzhen-bay"), "approved"))
    circular = IssuedDocument.objects.get(matter=joint.pk, kind="joint.circular")
    assert circular.number.startswith("星联发〔")
    rows = circular.facts["annexed"][0]["table"]["rows"]
    assert [row[:2] for row in rows] == [
        ["杭州城西店", "20,000"], ["苏州湖东店", "20,000"], ["深圳湾店", "20,000"], ["合计", "60,000"],
        ["占比（%）", "100.0"],
    ]  # fmt: skip
    to = Receipt.objects.filter(document=circular, purpose="to").values_list("unit__code", flat=True)
    copies = Receipt.objects.filter(document=circular, purpose="copy").values_list("unit__code", flat=True)
    assert (set(to), set(copies)) == (
        {"hz-west", "sz-lake", "shenzhen-bay"},
        {"east", "south", "xq-planning", "xq-finance", "xq-brand"},
    )
    part = part_of(joint, "hz-west")
    sheet = IssuedDocument.objects.get(matter=part.pk, kind="campaign.approval")
    assert (part.in_force, sheet.facts["circular"]["number"]) == (1, circular.number)
    assert not IssuedDocument.objects.filter(matter=part.pk, kind="campaign.circular").exists()
    assert [line.actor.is_system for line in part.trail.filter(action="be_granted")] == [True]


def test_what_is_returned_or_rejected_is_so_for_all(chain):
    joint = countersigned(chain, gathered(chain))
    perform(joint.send_back, by=chain.vice_president, note="先核对会员联盟分摊")
    assert states(joint) == ("gathered", dict.fromkeys(("hz-west", "sz-lake", "shenzhen-bay"), "handed_in"))

    joint = countersigned(chain, fresh(joint))
    perform(joint.reject, by=chain.vice_president, note="与集团大会冲突")
    sweep()

    assert states(joint) == ("rejected", dict.fromkeys(("hz-west", "sz-lake", "shenzhen-bay"), "cancelled"))
    notice = IssuedDocument.objects.get(matter=joint.pk, kind="joint.notice")
    assert "不予批准" in notice.title
    assert "与集团大会冲突" in notice.facts["blocks"][1]["text"]


def test_whoever_opened_it_does_not_sign_it_as_a_stand_in_either(chain):
    Post.objects.create(
        person=chain.planning_reviewer, role="vice_president", unit=chain.group, starts_on=clock.today()
    )
    joint = countersigned(chain, gathered(chain))

    with pytest.raises(NotYours):
        perform(joint.sign, by=chain.planning_reviewer)


def test_a_change_of_one_part_is_signed_by_who_signs_for_the_whole(chain):
    """180,000 in three parts; one that rises by 40,000 is small for itself, and beyond the vice-president all the same."""
    joint = invited(chain)
    managers = (chain.store_manager, chain.neighbour_store_manager, chain.other_store_manager)
    for code, manager in zip(("hz-west", "sz-lake", "shenzhen-bay"), managers, strict=True):
        part = declare(chain, joint, code, 60_000)
        perform(part.vouch, by=manager)
        perform(part.endorse, by=chain.other_region_manager if code == "shenzhen-bay" else chain.region_manager)
    sweep()
    signed(chain, fresh(joint))
    part = part_of(joint, "hz-west")
    more = complete_declaration(100_000, starts_on=part.starts_on, ends_on=part.ends_on)

    assert part.signing_role == "vice_president"
    perform(part.change, by=chain.planner, note="加场", declaration=more)
    assert part.signing_role == "president"


# --- carrying out, ending ---------------------------------------------------------------------------------------


def test_it_closes_when_its_parts_have_closed_and_sums_up(chain):
    joint = signed(chain)
    parts = [part_of(joint, code) for code in ("hz-west", "sz-lake", "shenzhen-bay")]
    for part in parts[:2]:
        run_through(chain, part)
    sweep()
    assert fresh(joint).state == "executing"

    run_through(chain, parts[2])
    with clock.at(fresh(joint).collects_until + timedelta(days=60)):
        sweep()

    assert states(joint) == ("closed", dict.fromkeys(("hz-west", "sz-lake", "shenzhen-bay"), "closed"))
    summary = IssuedDocument.objects.get(matter=joint.pk, kind="joint.summary")
    money, results = summary.facts["tables"]
    assert money["rows"][-1] == ["合计", "", "60,000", "60,000", "0"]
    assert results["rows"][-4] == ["合计", "客流（人次）", "126,000", "126,000", "100.0"]


def test_cancelled_while_it_runs_by_its_signer_with_all_its_parts(chain):
    joint = signed(chain)
    perform(joint.ask_cancel, by=chain.planning_reviewer, note="供应商停产")
    with pytest.raises(NotYours):
        perform(joint.grant_cancel, by=chain.planning_reviewer)
    perform(joint.grant_cancel, by=chain.vice_president)
    sweep()

    assert states(joint) == ("cancelled", dict.fromkeys(("hz-west", "sz-lake", "shenzhen-bay"), "cancelled"))
    notice = IssuedDocument.objects.get(matter=joint.pk, kind="joint.notice")
    circular = IssuedDocument.objects.get(matter=joint.pk, kind="joint.circular")
    words = [block["text"] for block in notice.facts["blocks"]]
    assert ("供应商停产" in words[1], circular.number in words[2]) == (True, True)
    assert Receipt.objects.filter(document=notice).count() == 3


def test_a_cancellation_that_is_refused_changes_nothing(chain):
    joint = signed(chain)
    perform(joint.ask_cancel, by=chain.planning_reviewer, note="再议")
    perform(joint.refuse_cancel, by=chain.vice_president, note="照常")
    sweep()

    assert states(joint) == ("executing", dict.fromkeys(("hz-west", "sz-lake", "shenzhen-bay"), "approved"))


def test_a_handed_in_part_of_a_cancelled_campaign_ends_with_it(chain, joint):
    hand_in(chain, joint, "hz-west")
    perform(fresh(joint).cancel, by=chain.planning_reviewer, note="改期")
    sweep()

    assert states(joint) == ("cancelled", dict.fromkeys(("hz-west", "sz-lake", "shenzhen-bay"), "cancelled"))


# --- money ------------------------------------------------------------------------------------------------------


def test_five_payers_each_with_its_part(chain):
    joint = invited(chain)
    hand_in(chain, joint, "hz-west", 10_000, **five_payers())
    hand_in(chain, joint, "sz-lake", 20_000)
    hand_in(chain, joint, "shenzhen-bay", 15_000)
    sweep()

    sums = summed(fresh(joint).parts.values())
    # 3,000 · 2,500 + store's … of the other two: media is the group's, stage and reserve the store's
    assert sums == {
        "group": Decimal("3000.00") + Decimal("11160.00") + Decimal("8370.00"),
        "store": Decimal("2500.00") + Decimal("8840.00") + Decimal("6630.00"),
        "region": Decimal("1500.00"),
        "partner": Decimal("1200.00"),
        "alliance": Decimal("1800.00"),
    }
    assert sum(sums.values()) == fresh(joint).amount == Decimal(45_000)
    assert in_percent(sums) == {
        "group": Decimal("50.1"), "store": Decimal("39.9"), "region": Decimal("3.3"), "partner": Decimal("2.7"),
        "alliance": Decimal("4.0"),
    }  # fmt: skip


def test_payers_and_targets_are_those_of_the_declaration():
    assert set(Payer.values) == set(declaration.Payer.values)
    assert {payer.value: str(payer.label) for payer in Payer} == {
        payer.value: str(payer.label) for payer in declaration.Payer
    }
    assert TARGETS == declaration.TARGETS


# --- the path ---------------------------------------------------------------------------------------------------


def test_the_path_of_the_parent_shows_its_stores_as_one_step(chain, joint):
    path = rehearse(joint)

    assert path.stopped == ""
    assert [step.move for step in path.steps] == ["all_in", "submit_whole", "agree", "sign", "all_ended"]
    assert path.steps[0].reasons[0].values["count"] == "3"


def test_the_path_of_a_draft_does_not_stop_at_stores_nobody_has_asked_yet(chain):
    path = rehearse(a_draft(chain))

    assert (path.stopped, [step.move for step in path.steps][:2]) == ("", ["invite", "all_in"])
    assert Campaign.objects.count() == 0


def test_the_path_of_a_part_goes_through_the_joint_campaign(chain, joint):
    part = declare(chain, joint, "hz-west")

    assert [step.move for step in rehearse(part).steps][:3] == ["endorse", "be_granted", "start"]
