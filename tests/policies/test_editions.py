"""The rules a matter is judged by: limits to the cent, countersigners, editions by date, and their publishing."""

from datetime import date, datetime, timedelta
from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone

from workflows.organisation.roles import Role
from workflows.policies.defaults import first_edition
from workflows.policies.models import TABLES, CountersignRule, Edition, NoPolicy

pytestmark = pytest.mark.django_db


@pytest.fixture
def edition():
    return first_edition(date(2020, 1, 1), timezone.make_aware(datetime(2020, 1, 1)))


class Judged:
    """A matter as countersign rules see it."""

    def __init__(self, amount="0", **traits):
        self.amount = Decimal(amount)
        self._traits = {
            "kind": "single", "kind_label": "单店", "attendance": 0, "group_mark": False,
            "partner_share": Decimal(0), **traits,
        }  # fmt: skip

    def traits(self):
        return self._traits


@pytest.mark.parametrize(
    ("amount", "alone", "signer", "rule"),
    [
        ("49999", True, Role.VICE_PRESIDENT, "amount_between"),
        ("49999.01", False, Role.VICE_PRESIDENT, "amount_between"),
        ("50000", False, Role.VICE_PRESIDENT, "amount_between"),
        ("200000", False, Role.VICE_PRESIDENT, "amount_between"),
        ("200000.01", False, Role.PRESIDENT, "amount_without_limit"),
        ("0", True, Role.VICE_PRESIDENT, "amount_between"),
    ],
)
def test_limits_to_the_cent(edition, amount, alone, signer, rule):
    role, reason = edition.signer("campaign", Decimal(amount))

    assert (edition.within("campaign", Role.REGION_MANAGER, Decimal(amount)) is not None) is alone
    assert (role, reason.key) == (signer, rule)


def test_whoever_signs_without_limit_is_not_within_a_limit(edition):
    assert edition.within("campaign", Role.PRESIDENT, Decimal(1)) is None
    assert edition.within("campaign", Role.CLERK, Decimal(1)) is None


def test_nobody_signs_what_no_row_names(edition):
    with pytest.raises(NoPolicy):
        edition.signer("lease", Decimal(1))


@pytest.mark.parametrize(
    ("matter", "asked"),
    [
        (Judged("50000"), {}),
        (Judged("50000.01"), {"finance": "amount_above"}),
        (Judged(group_mark=True), {"brand": "group_mark"}),
        (Judged(kind="national"), {"brand": "kind_is"}),
        (Judged(partner_share=Decimal(30_000)), {}),
        (Judged(partner_share=Decimal("30000.01")), {"legal": "partner_share"}),
        (Judged(attendance=999), {}),
        (Judged(attendance=1_000), {"legal": "exposure_above"}),
        (
            Judged("90000", attendance=2_000, group_mark=True, partner_share=Decimal(40_000)),
            {"finance": "amount_above", "brand": "group_mark", "legal": "partner_share"},
        ),
    ],
)
def test_who_must_countersign_and_why(edition, matter, asked):
    found = edition.countersigners("campaign", matter)

    assert {role: reason.key for role, reason in found.items()} == asked


def test_always_is_always(edition):
    CountersignRule.objects.create(edition=edition, workflow="campaign", role=Role.LEGAL, when="always")

    assert list(edition.countersigners("campaign", Judged())) == ["legal"]


@pytest.mark.parametrize(
    ("rule", "field"),
    [
        ({"when": "amount_above"}, "number"),
        ({"when": "exposure_above"}, "number"),
        ({"when": "partner_share"}, "number"),
        ({"when": "kind_is"}, "text"),
    ],
)
def test_a_rule_that_lacks_its_figure_or_word_is_refused_beside_the_field(edition, rule, field):
    with pytest.raises(ValidationError) as refusal:
        CountersignRule(edition=edition, workflow="campaign", role=Role.LEGAL, **rule).clean()

    assert list(refusal.value.message_dict) == [field]


def test_the_edition_of_the_day(edition):
    later = edition.copy()
    later.in_force_from = date(2026, 7, 1)
    later.save()
    assert Edition.current(date(2026, 12, 31)) == edition  # a draft counts for nothing

    later.publish()

    assert Edition.current(date(2026, 6, 30)) == edition
    assert Edition.current(date(2026, 7, 1)) == later
    with pytest.raises(NoPolicy):
        Edition.current(date(2019, 12, 31))


def test_of_two_from_the_same_day_the_later_number_counts(edition):
    second = edition.copy()
    second.in_force_from = edition.in_force_from
    second.save()
    second.publish()

    assert Edition.current() == second


def test_a_copy_has_every_row_and_is_not_published(edition):
    draft = edition.copy()

    def rows(of):
        return [
            [
                {name: value for name, value in row.items() if name not in ("id", "edition_id")}
                for row in table._default_manager.filter(edition=of).order_by("pk").values()
            ]
            for table in TABLES
        ]

    assert rows(draft) == rows(edition)
    assert (draft.number, draft.published_at) == (2, None)


def test_gaps_are_said_in_words_and_stop_the_publishing(edition):
    draft = edition.copy()
    draft.weights.filter(criterion="target").update(weight=50)
    draft.limits.filter(workflow="campaign", role=Role.PRESIDENT).update(up_to=1_000_000)

    assert draft.gaps() == [
        "“企划申报”的权重合计为 90，应为 100。",
        "“企划申报”须有一名签发人不设上限。",
    ]
    with pytest.raises(ValidationError):
        draft.publish()
    draft.refresh_from_db()
    assert draft.published_at is None


def test_a_whole_draft_is_published(edition):
    draft = edition.copy()
    moment = timezone.now() - timedelta(hours=1)

    draft.publish(moment)

    draft.refresh_from_db()
    assert (draft.gaps(), draft.published_at) == ([], moment)


def test_what_a_table_does_not_say(edition):
    assert edition.fallback("campaign", Role.REGION_MANAGER) == Role.PLANNING_REVIEWER
    assert edition.fallback("campaign", Role.AUDITOR) == Role.ADMINISTRATOR
    assert edition.threshold("campaign", "lead_days") == 14
    assert edition.threshold("campaign", "no such") is None
    assert edition.deadline("campaign", "no such") is None
    assert sum(edition.weight_table("campaign").values()) == 100
