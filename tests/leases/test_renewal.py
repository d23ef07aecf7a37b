"""A lease comes to its end: renewed, renewed elsewhere, not renewed, or nobody answers."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError

from documents.models import IssuedDocument
from tests.leases.conftest import a_lease, a_stall, a_tenant, a_year_of_months, proof, terms_of
from workflows.leases.models import Renewal, State
from workflows.leases.register import Lease, Month
from workflows.leases.terms import Deduction, Meter, Outcome, Settlement
from workflows.matters.errors import NotYours, Refused
from workflows.matters.perform import perform
from workflows.organisation import clock
from workflows.organisation.calendar import start_of
from workflows.steps.models import StepTask
from workflows.steps.rehearse import rehearse
from workflows.steps.sweep import sweep

pytestmark = pytest.mark.django_db

TO_THE_OFFER = ("assess", "propose", "agree", "clear", "send")
TO_THE_SIGNATURE = (*TO_THE_OFFER, "accept", "lay_before")


def papers(renewal):
    return list(IssuedDocument.objects.filter(matter=renewal).order_by("issued_at").values_list("kind", flat=True))


def owe(lease, amount):
    """As of the end of last month."""
    first = clock.today().replace(day=1)
    month = (first - timedelta(days=1)).replace(day=1)
    Month.objects.update_or_create(lease=lease, month=month, defaults={"sales": 1, "arrears": Decimal(amount)})


def said(refusal):
    return refusal.value.messages


# --- the straight way ------------------------------------------------------------------------------------


def test_inside_the_pricing_rule_store_and_finance_suffice(renewal, lease, way):
    way(renewal, *TO_THE_SIGNATURE, "sign")

    old, following = Lease.objects.get(pk=lease.pk), renewal.next_lease
    assert (renewal.state, renewal.is_closed) == (State.RENEWED, True)
    assert (old.state, old.held_until) == ("renewed", old.ends_on)
    assert (following.stall, following.tenant, following.starts_on) == (
        lease.stall,
        lease.tenant,
        lease.ends_on + timedelta(1),
    )
    assert (following.state, following.held_until, following.awaits_renewal) == ("in_force", None, True)
    assert (following.price, following.escalation, following.broken_month) == (lease.last_price + 5, 5, "mean")
    assert papers(renewal) == ["renewal.assessment", "renewal.offer", "renewal.agreement"]
    assert [rule["key"] for entry in renewal.trail.order_by("seq") for rule in entry.rules] == [
        "renewal_due",
        "renewal_within",
    ]


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        # 220.50 is the present price; 225 the market's, of which 5 % below is 213.75
        ({"price": Decimal("213.74")}, ["renewal_below_market", "renewal_rise"]),
        ({"price": Decimal("213.75")}, ["renewal_rise"]),
        ({"price": Decimal("220.50")}, []),
        ({"escalation": Decimal("2.99")}, ["renewal_escalation"]),
        ({"rent_free": 30}, []),
        ({"rent_free": 31}, ["renewal_rent_free"]),
    ],
)
def test_outside_it_the_group_decides(renewal, go, way, changes, why):
    way(renewal, "assess")
    go(renewal, "propose", terms=terms_of(renewal, **changes))
    way(renewal, "agree", "clear")

    rules = [rule["key"] for rule in renewal.trail.get(action="clear").rules]
    assert (renewal.state, rules) == ((State.GROUP_APPROVAL, why) if why else (State.OFFER, ["renewal_within"]))


def test_the_groups_decision_stands_on_paper(renewal, go, way, chain):
    way(renewal, "assess")
    go(renewal, "propose", terms=terms_of(renewal, price=Decimal(180)))
    way(renewal, "agree", "clear", "approve")
    sheet = IssuedDocument.objects.get(matter=renewal, kind="renewal.approval")

    assert renewal.state == State.OFFER
    assert [(said["step"], said["who"]["person"], said["decided"]) for said in sheet.facts["opinions"][1:]] == [
        ("门店审核", "周启明", "同意"),
        ("财务审核", "方敏", "同意"),
        ("集团审批", "顾维桢", "同意"),
    ]
    assert [rule["key"] for rule in sheet.facts["rules"]][:2] == ["renewal_below_market", "renewal_rise"]


def test_a_years_rent_decides_who_signs(chain, renewal, lease, go, way):
    # 86.50 m² at 490: 42,385 a month, 508,620 a year, beyond the vice-president's half million
    way(renewal, "assess")
    go(renewal, "propose", terms=terms_of(renewal, price=Decimal(490)))
    way(renewal, "agree", "clear", "send", "accept", "lay_before")

    assert renewal.amount == Decimal("508620.00")
    with pytest.raises(NotYours):
        perform(renewal.sign, by=chain.vice_president)
    perform(renewal.sign, by=chain.president)
    assert renewal.state == State.RENEWED


def test_hong_kong_dollars_count_as_the_policy_says(stall, tenant, go, way):
    from workflows.leases.opening import open_renewal

    renewal = open_renewal(a_lease(stall, tenant, currency="HKD").pk)
    way(renewal, "assess", "propose")

    # 225.50 × 86.50 = 19,505.75 a month, 234,069.00 a year, at 92 for 100
    assert renewal.amount == Decimal("215343.48")


def test_nobody_but_the_malls_officer_writes_in_it(renewal, chain):
    for person in (chain.planner, chain.store_manager, chain.finance, chain.neighbour_store_manager):
        with pytest.raises(NotYours):
            perform(renewal.assess, by=person, market_price=Decimal(1), remark="—")


def test_who_proposes_as_a_stand_in_does_not_agree(chain, renewal, go, way):
    """The officer of the mall is its manager, too: the store's review passes to somebody else."""
    from workflows.organisation.models import Post

    Post.objects.create(person=chain.store_manager, role="leasing_officer", unit=chain.store, starts_on=clock.today())
    go(renewal, "assess", by=chain.store_manager)
    go(renewal, "propose", by=chain.store_manager)

    with pytest.raises(NotYours):
        perform(renewal.agree, by=chain.store_manager)
    perform(renewal.agree, by=chain.region_manager)
    assert renewal.state == State.FINANCE_REVIEW


# --- what was found --------------------------------------------------------------------------------------


def test_the_assessment_is_reckoned_from_the_register(renewal, lease, go):
    a_year_of_months(lease)
    owe(lease, "19073.25")
    lease.months.filter(month=lease.months.order_by("month")[0].month).update(arrears=Decimal(30000), violations=2)
    go(renewal, "assess")
    found = renewal.assessment

    # eleven months of 260,000 and the one that was written anew
    assert (found.months, found.sales, found.campaigns, found.violations) == (12, Decimal(2_860_001), 12, 2)
    assert (found.arrears, found.worst_arrears, found.market_price) == (
        Decimal("19073.25"),
        Decimal(30000),
        Decimal(225),
    )
    assert found.sales_per_area == Decimal("2755.30")  # 2,860,001 / 12 / 86.50
    assert found.rent == sum(lease.rent.of_month(row.month.year, row.month.month) for row in lease.months.all())


def test_a_month_nobody_reported_is_not_taken_for_nothing(renewal, go):
    go(renewal, "assess")

    assert (renewal.assessment.months, renewal.assessment.rent_percent) == (0, 0)


# --- arrears -----------------------------------------------------------------------------------------------


def test_finance_holds_for_arrears_and_clears_when_they_are_paid(renewal, lease, chain, go, way):
    owe(lease, 3200)
    way(renewal, "assess", "propose", "agree")
    with pytest.raises(Refused) as refusal:
        perform(renewal.clear, by=chain.finance)
    go(renewal, "hold", note="欠九月租金")
    assert said(refusal) == ["云上相机（杭州）有限公司今日欠费¥3,200，须先缴清方可放行或签署。"]
    assert (renewal.state, renewal.held_since) == (State.FINANCE_REVIEW, clock.today())

    owe(lease, 0)
    go(renewal, "clear")
    assert (renewal.state, renewal.held_since) == (State.OFFER, None)
    assert "renewal_hold_lifted" in [rule["key"] for rule in renewal.trail.get(action="clear").rules]


def test_arrears_on_the_day_of_signing_stop_whoever_signs(renewal, lease, chain, way):
    way(renewal, *TO_THE_SIGNATURE)
    owe(lease, "0.01")

    with pytest.raises(Refused):
        perform(renewal.sign, by=chain.vice_president)
    assert (renewal.state, Lease.objects.count(), papers(renewal)) == (
        State.SIGNATURE,
        1,
        ["renewal.assessment", "renewal.offer"],
    )
    owe(lease, 0)
    way(renewal, "sign")
    assert Lease.objects.count() == 2


# --- rounds ---------------------------------------------------------------------------------------------------


def test_a_counter_offer_is_a_round_and_the_next_offer_another(renewal, go, way):
    way(renewal, *TO_THE_OFFER)
    offered = renewal.terms
    go(
        renewal,
        "counter",
        terms=terms_of(renewal, price=Decimal(221), rent_free=30, months=24, deposit=Decimal(51900)),
        proof=proof("电话后来函"),
    )
    assert renewal.state == State.TERMS
    go(renewal, "propose", terms=terms_of(renewal, price=Decimal(223), rent_free=15, months=24))
    way(renewal, "agree", "clear", "send", "accept", "lay_before", "sign")

    told = [(row["number"], row["side"], row["terms"]["price"], row["terms"]["rent_free"]) for row in renewal.rounds]
    assert told == [(1, "lessor", "225.50", 0), (2, "tenant", "221", 30), (3, "lessor", "223", 15)]
    assert renewal.rounds[1]["proof"]["words"] == "电话后来函"
    assert renewal.rounds[1]["terms"]["fees"] == str(offered.fees)  # what the tenant did not touch is the offer's
    assert (renewal.next_lease.price, renewal.next_lease.rent_free) == (Decimal(223), 15)
    assert papers(renewal) == [
        "renewal.assessment", "renewal.offer", "renewal.counter", "renewal.offer", "renewal.agreement",
    ]  # fmt: skip
    first, second = IssuedDocument.objects.filter(matter=renewal, kind="renewal.offer").order_by("issued_at")
    assert (first.replaced_by.exists(), second.replaced_by.exists()) == (True, False)


def test_a_counter_offer_that_counters_nothing_is_none(renewal, way, chain):
    way(renewal, *TO_THE_OFFER)

    with pytest.raises(Refused) as refusal:
        perform(renewal.counter, by=chain.leasing_officer, terms=renewal.terms, proof=proof())
    assert said(refusal) == ["还价与要约内容相同。"]


# --- the law ---------------------------------------------------------------------------------------------------


def test_more_than_twenty_years_are_refused(renewal, chain, way):
    way(renewal, "assess")
    with pytest.raises(Refused) as refusal:
        perform(renewal.propose, by=chain.leasing_officer, terms=terms_of(renewal, months=241))

    assert refusal.value.message_dict == {"months": ["租期不得超过20年（民法典第七百零五条）。"]}
    perform(renewal.propose, by=chain.leasing_officer, terms=terms_of(renewal, months=240))


def test_the_notice_states_the_priority_and_the_other_offer(renewal, go, way):
    way(renewal, *TO_THE_OFFER, "decline")
    go(renewal, "notify", note="二层整体调整", competing="每平方米每月240元，三年")
    notice = IssuedDocument.objects.get(matter=renewal, kind="renewal.notice")
    words = "".join(block["text"] for block in notice.facts["blocks"])

    assert "同等条件优先承租的权利（民法典第七百三十四条）" in words
    assert "二层整体调整" in words
    assert "每平方米每月240元，三年" in words
    assert renewal.trail.get(action="notify").rules == []  # in time


def test_a_late_notice_says_so(renewal, lease, go, way):
    way(renewal, *TO_THE_OFFER, "decline")
    with clock.at(start_of(lease.ends_on - timedelta(days=29)) + timedelta(hours=9)):
        go(renewal, "notify")

    assert [(rule["key"], rule["values"]["count"]) for rule in renewal.trail.get(action="notify").rules] == [
        ("renewal_notice_late", "29")
    ]


# --- nobody answers -----------------------------------------------------------------------------------------------


def test_an_offer_lapses_by_the_clock_after_thirty_whole_days(renewal, way):
    way(renewal, *TO_THE_OFFER)
    lapses = start_of(clock.today() + timedelta(days=31))
    with clock.at(lapses - timedelta(seconds=1)):
        sweep()
        assert Renewal.objects.get().state == State.OFFERED
    with clock.at(lapses):
        sweep()
    after = Renewal.objects.get()

    assert after.state == State.NOT_RENEWING
    assert [rule["key"] for rule in after.trail.get(action="lapse").rules] == ["renewal_lapsed"]


# --- not renewed ---------------------------------------------------------------------------------------------------


def test_not_renewing_needs_a_reason_and_no_offer(renewal, chain, go, way):
    way(renewal, "assess")
    ends = terms_of(renewal, outcome=Outcome.END)
    with pytest.raises(Refused):
        perform(renewal.propose, by=chain.leasing_officer, terms=ends)
    go(renewal, "propose", note="业态调整", terms=ends)
    way(renewal, "agree", "clear")

    assert (renewal.state, papers(renewal)) == (State.NOT_RENEWING, ["renewal.assessment"])


def test_the_handover_adds_up_and_frees_the_stall(renewal, lease, chain, go, way):
    owe(lease, 0)
    way(renewal, *TO_THE_OFFER, "decline", "notify")
    owe(lease, "3200.00")
    go(
        renewal,
        "hand_over",
        settlement=Settlement(
            clock.today(),
            deposit=Decimal(999_999),  # what somebody sends: the register's counts
            arrears=Decimal(0),
            meters=(
                Meter("water", Decimal("418.2"), Decimal("431.7"), Decimal("5.95")),  # 13.5 × 5.95 = 80.325
                Meter("power", Decimal(20418), Decimal(21106), Decimal("0.93")),  # 688 × 0.93 = 639.84
            ),
            deductions=(Deduction("墙面修补", Decimal(800)),),
        ),
    )
    settled, old = renewal.settlement, Lease.objects.get(pk=lease.pk)

    # 51,900 − 3,200 − 80.33 − 639.84 − 800
    assert (settled.utilities, settled.left) == (Decimal("720.17"), Decimal("47179.83"))
    assert (renewal.state, old.state, old.held_until) == (State.RELEASED, "released", clock.today())
    assert papers(renewal)[-2:] == ["renewal.notice", "renewal.handover"]
    with clock.at(start_of(clock.today() + timedelta(days=1))):
        assert lease.stall.is_free
        a_lease(lease.stall, a_tenant("后来者"), starts_on=clock.today(), ends_on=clock.today() + timedelta(days=700))


@pytest.mark.parametrize(("on", "words"), [(1, "交接日尚未到来。"), (-2000, "交接日早于租约首日。")])
def test_a_handover_on_an_impossible_day(renewal, chain, way, on, words):
    way(renewal, *TO_THE_OFFER, "decline", "notify")
    with pytest.raises(Refused) as refusal:
        perform(
            renewal.hand_over,
            by=chain.leasing_officer,
            settlement=Settlement(clock.today() + timedelta(days=on), Decimal(0), Decimal(0)),
        )
    assert refusal.value.message_dict == {"on": [words]}


def test_a_tenant_who_claims_priority_gets_terms_again(renewal, go, way):
    way(renewal, *TO_THE_OFFER, "decline", "notify", "take_up", "propose", "agree", "clear", "send", "accept")

    assert (renewal.state, renewal.notice_content) == (State.CONTRACT, {})


def test_who_does_not_pay_in_the_end_does_not_stay(renewal, way):
    way(renewal, *TO_THE_OFFER, "accept", "break_off", "notify", "hand_over")

    assert renewal.state == State.RELEASED


# --- elsewhere ------------------------------------------------------------------------------------------------------


def test_stall_adjustment_leaves_both_stalls_consistent(chain, renewal, lease, go, way):
    other = a_stall(chain.store, "3-001", area=Decimal("60.00"))
    way(renewal, "assess")
    go(
        renewal,
        "propose",
        terms=terms_of(renewal, outcome=Outcome.MOVE, stall=other.pk, stall_name="3-001", area=other.area),
    )
    way(renewal, "agree", "clear", "send", "accept", "lay_before", "sign")
    last, after = lease.ends_on, lease.ends_on + timedelta(days=1)

    assert [stall.lease_on(day) is not None for day in (last, after) for stall in (lease.stall, other)] == [
        True, False, False, True,
    ]  # fmt: skip
    assert (renewal.next_lease.stall, renewal.next_lease.area) == (other, Decimal("60.00"))


def test_a_stall_that_is_let_meanwhile_is_nobodys_to_sign(chain, renewal, go, way):
    other = a_stall(chain.store, "3-001")
    move = terms_of(renewal, outcome=Outcome.MOVE, stall=other.pk, stall_name="3-001", area=other.area)
    way(renewal, "assess")
    for wrong in (None, renewal.lease.stall_id, a_stall(chain.neighbour_store, "9").pk):
        with pytest.raises(ValidationError) as refusal:
            go(renewal, "propose", terms=terms_of(renewal, outcome=Outcome.MOVE, stall=wrong))
        assert refusal.value.message_dict == {"stall": ["请选择本商场的另一个铺位。"]}
    go(renewal, "propose", terms=move)
    way(renewal, "agree", "clear", "send", "accept", "lay_before")
    a_lease(other, a_tenant("捷足者"))

    with pytest.raises(Refused) as refusal:
        perform(renewal.sign, by=chain.vice_president)
    assert said(refusal) == ["铺位杭州城西店 3-001已另行出租。"]


# --- beyond the end --------------------------------------------------------------------------------------------------


def test_who_stays_on_holds_the_stall_and_is_said_to(renewal, lease, way):
    way(renewal, *TO_THE_OFFER)
    with clock.at(start_of(lease.ends_on + timedelta(days=10))):
        assert (renewal.is_held_over, lease.stall.is_free) == (True, False)


def test_signed_after_the_end_the_next_lease_begins_where_the_old_one_ended(renewal, lease, way):
    way(renewal, *TO_THE_SIGNATURE)
    with clock.at(start_of(lease.ends_on + timedelta(days=10)) + timedelta(hours=10)):
        way(renewal, "sign")

    assert renewal.next_lease.starts_on == lease.ends_on + timedelta(days=1)


# --- the calendar ------------------------------------------------------------------------------------------------------


def test_steps_are_due_by_the_calendar_counted_back_from_the_end(renewal, lease, way):
    from django.utils import timezone

    from workflows.organisation.calendar import WorkingCalendar

    calendar = WorkingCalendar.load()

    def due():
        return timezone.localdate(StepTask.objects.get(matter=renewal, closed_at=None).due_at)

    def by(days):
        return calendar.next_working_day(lease.ends_on - timedelta(days=days))

    assert due() == calendar.add_working_days(clock.today(), 10)
    way(renewal, "assess")
    assert due() == by(120)
    way(renewal, "propose", "agree", "clear")
    assert due() == by(90)
    way(renewal, "send", "decline")
    assert due() == by(30)
    way(renewal, "notify")
    assert due() == by(0)


def test_a_day_of_the_calendar_that_slips_escalates_whichever_step_is_open(chain, lease, renewal, way):
    """The policy would give the tenant twenty days, and the assessment ten working days: the calendar gives neither more."""
    from workflows.organisation.calendar import WorkingCalendar

    calendar = WorkingCalendar.load()

    def slips(days):
        """Whether the open step goes to another office, too, when that day before the end is over."""
        day = calendar.next_working_day(calendar.next_working_day(lease.ends_on - timedelta(days=days)) + timedelta(1))
        task = StepTask.objects.get(matter=renewal, closed_at=None)
        with clock.at(start_of(day) + timedelta(hours=10)):
            sweep()
        return StepTask.objects.get(pk=task.pk).escalated_at is not None

    with clock.at(start_of(lease.ends_on - timedelta(days=75)) + timedelta(hours=10)):
        way(renewal, "assess", "propose", "agree", "clear", "send")
    assert slips(60)
    assert renewal.trail.filter(action="escalate").exists()


def test_the_path_of_an_offer_leads_to_the_next_lease_and_not_to_its_lapse(renewal, way):
    """As if everybody were in time; and the path of a stall that is not let again does not stop at a reason nobody gave."""
    way(renewal, "assess", "propose", "agree", "clear", "send")

    accepted = rehearse(renewal)
    way(renewal, "decline")
    declined = rehearse(renewal)

    assert [(path.stopped, path.steps[0].move, path.steps[-1].state_after) for path in (accepted, declined)] == [
        ("", "accept", "renewed"),
        ("", "notify", "released"),
    ]
