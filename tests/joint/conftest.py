"""A joint campaign of three stores in two regions, and how its stores and offices take it on."""

from datetime import timedelta
from decimal import Decimal

import pytest

from tests.conftest import complete_declaration
from workflows.campaigns.declaration import BudgetLine, Partner, Payer
from workflows.campaigns.models import Campaign
from workflows.joint.models import Joint
from workflows.matters.perform import begin, perform
from workflows.organisation import clock
from workflows.organisation.calendar import start_of
from workflows.steps.sweep import sweep

STORES = ("hz-west", "sz-lake", "shenzhen-bay")


def a_frame(**changes):
    """Three stores, in a month, parts due in ten days."""
    today = clock.today()
    given = {
        "title": "双十一全国联动",
        "theme": "把新机带回家",
        "words": "全国门店统一主视觉与会员券。",
        "starts_on": today + timedelta(days=28),
        "ends_on": today + timedelta(days=40),
        "hand_in_by": today + timedelta(days=10),
        "stores": list(STORES),
    }
    return {**given, **changes}


def a_draft(chain, **changes):
    joint = Joint(unit=chain.group, title=changes.get("title", "双十一全国联动"))
    begin(joint, by=chain.planning_reviewer, frame=a_frame(**changes))
    return joint


def invited(chain, **changes):
    """The stores are invited, and the clock has opened a part for each."""
    joint = a_draft(chain, **changes)
    perform(joint.invite, by=chain.planning_reviewer)
    sweep()
    return fresh(joint)


def fresh(joint):
    return Joint.objects.get(pk=joint.pk)


def part_of(joint, code):
    """The store's part, as it stands now."""
    return fresh(joint).places()[code].matter.specific


def planner_of(chain, code):
    return {"hz-west": chain.planner, "sz-lake": chain.neighbour_planner, "shenzhen-bay": chain.other_planner}[code]


def region_of(chain, code):
    return chain.other_region_manager if code == "shenzhen-bay" else chain.region_manager


def declare(chain, joint, code, amount=20_000, **changes):
    """The store's planner writes the part and submits it; below CNY 30,000 it goes straight to the region."""
    part = part_of(joint, code)
    planner = planner_of(chain, code)
    with clock.at(start_of(joint.starts_on - timedelta(days=28))):  # two days after the whole begins
        declared = complete_declaration(amount, title=part.title, kind="national", **changes)
    perform(part.save_draft, by=planner, declaration=declared)
    perform(part.submit, by=planner)
    return part


def hand_in(chain, joint, code, amount=20_000, **changes):
    """And the region endorses it: it is handed in to the joint campaign."""
    part = declare(chain, joint, code, amount, **changes)
    perform(part.endorse, by=region_of(chain, code))
    return part


def gathered(chain, *, amounts=(20_000, 20_000, 20_000), **changes):
    """All three are in."""
    joint = invited(chain, **changes)
    for code, amount in zip(STORES, amounts, strict=True):
        if amount:
            hand_in(chain, joint, code, amount)
    sweep()
    return fresh(joint)


def countersigned(chain, joint):
    """The whole is submitted, and whoever is asked agrees."""
    perform(joint.submit_whole, by=chain.planning_reviewer)
    for seat in list(joint.open_seats()):
        perform(joint.agree, by=getattr(chain, seat), seat=seat)
    return joint


def signed(chain, joint=None):
    joint = countersigned(chain, joint or gathered(chain))
    perform(joint.sign, by=chain.vice_president)
    sweep()
    return fresh(joint)


def five_payers():
    """A budget of 10,000: each payer has a line, the alliance among them, and the partner is named."""
    lines = [("媒体", Payer.GROUP, 3000), ("舞台", Payer.STORE, 2500), ("人员", Payer.REGION, 1500),
             ("礼盒", Payer.PARTNER, 1200), ("会员券", Payer.ALLIANCE, 1000)]  # fmt: skip
    return {
        "budget": tuple(BudgetLine(item, "other", Decimal(price), Decimal(1), payer) for item, payer, price in lines),
        "reserve": Decimal(800),
        "reserve_payer": Payer.ALLIANCE,
        "budget_total": Decimal(10_000),
        "partners": (Partner("云上相机", "礼盒", Decimal(1200)),),
    }


def states(joint):
    """The joint campaign's state, and those of its stores' parts by code."""
    parts = {code: place.matter.state if place.matter else "" for code, place in fresh(joint).places().items()}
    return fresh(joint).state, parts


def run_through(chain, part):
    """From the first day to the evaluation."""
    part = Campaign.objects.get(pk=part.pk)
    with clock.at(part.ends_at + timedelta(hours=10)):
        sweep()
        part = Campaign.objects.get(pk=part.pk)
        sweep()
        part = Campaign.objects.get(pk=part.pk)
        perform(part.hand_in, by=planner_of(chain, part.unit.code), **part.as_planned("hand_in"))
        perform(part.score, by=chain.planning_reviewer, **part.as_planned("score"))


@pytest.fixture
def joint(chain):
    return invited(chain)
