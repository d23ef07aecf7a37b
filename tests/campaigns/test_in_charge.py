"""What can be taken back is taken back by whoever is in charge: beside or instead of the initiator."""

import pytest
from django.db import transaction

from workflows.campaigns.models import Campaign, State
from workflows.matters.errors import NotYours
from workflows.matters.perform import perform
from workflows.trail.leaver import leave

pytestmark = pytest.mark.django_db

IN_CHARGE = {
    "a colleague submitted it": {"planner", "colleague"},
    "a colleague submitted it, and the planner moved to another store": {"colleague"},
    "the planner moved to another store": {"colleague"},
    "the planner left, and somebody without a post took it over": {"successor"},
}
TAKEN_BACK = {State.STORE_REVIEW: "withdraw", State.REGION_REVIEW: "withdraw", State.CANCELLING: "keep"}


class _Undo(Exception):
    pass


def who_may(campaign, move, people):
    """Try the move as everybody; names of those who could. Undone after each."""
    allowed = set()
    for name, person in people.items():
        try:
            with transaction.atomic():
                perform(getattr(Campaign.objects.get(pk=campaign.pk), move), by=person, note="理由")
                allowed.add(name)
                raise _Undo
        except (_Undo, NotYours):
            pass
    return allowed


@pytest.mark.parametrize("state", list(TAKEN_BACK), ids=str)
@pytest.mark.parametrize("case", list(IN_CHARGE))
def test_taken_back_by_exactly_those_in_charge(case, state, chain, open_campaign, walk):
    campaign = open_campaign(82_000, group_mark=True)
    colleague = chain.appoint("planner", chain.store, "许愿")
    by = colleague if case.startswith("a colleague") else chain.planner
    perform(campaign.submit, by=by)
    walk(campaign, to=State.APPROVED if state == State.CANCELLING else state)
    if state == State.CANCELLING:
        perform(campaign.ask_cancel, by=by, note="场地不可用")
    if "moved" in case:
        chain.planner.posts.update(unit=chain.other_store)
    elif "left" in case:
        leave(chain.planner, chain.nobody, by=chain.administrator, give_posts=False)

    may = who_may(campaign, TAKEN_BACK[state], {**chain.people(), "colleague": colleague, "successor": chain.nobody})

    assert may - {"nobody"} == IN_CHARGE[case]
