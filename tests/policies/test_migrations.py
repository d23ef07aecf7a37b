"""An office that has worked for years upgrades: its editions say afterwards what they said before."""

from datetime import date, datetime
from decimal import Decimal

import pytest
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.utils import timezone

from workflows.organisation.roles import Role
from workflows.policies.books import HOUSE
from workflows.policies.models import Edition

pytestmark = pytest.mark.django_db(transaction=True)

BEFORE, AFTER = ("policies", "0001_initial"), ("policies", "0003_the_house_has_its_own_rows")
TABLES = {  # as they stood, without number and edition
    "ApprovalLimit": [
        {"role": "region_manager", "up_to": Decimal(49_999), "signs": False},
        {"role": "vice_president", "up_to": Decimal(250_000), "signs": True},
        {"role": "president", "up_to": None, "signs": True},
    ],
    "CountersignRule": [
        {"role": "finance", "when": "amount_above", "number": Decimal(50_000), "text": ""},
        {"role": "brand", "when": "group_mark", "number": None, "text": ""},
        {"role": "brand", "when": "kind_is", "number": None, "text": "national"},
        {"role": "legal", "when": "partner_share", "number": Decimal(30_000), "text": ""},
        {"role": "legal", "when": "exposure_above", "number": Decimal(1_000), "text": ""},
    ],
    "Deadline": [
        {
            "step": "store_review",
            "days": 1,
            "working_days": True,
            "remind_percent": 80,
            "escalate_to": "region_manager",
        },
        {"step": "receipt", "days": 5, "working_days": False, "remind_percent": 50, "escalate_to": ""},
    ],
    "Threshold": [{"name": "lead_days", "value": Decimal(14)}, {"name": "reserve_least", "value": None}],
    "Fallback": [{"role": "finance", "then_role": "vice_president"}],
    "Weight": [{"criterion": "target", "weight": 60}, {"criterion": "cost", "weight": 40}],
}


def migrated(target):
    """The models as they are after migrating to `target`."""
    executor = MigrationExecutor(connection)
    executor.migrate([target])
    return MigrationExecutor(connection).loader.project_state([target]).apps


@pytest.fixture
def as_it_was():
    """The models of the release before; the database is of today again afterwards."""
    yield migrated(BEFORE).get_model
    executor = MigrationExecutor(connection)
    executor.migrate(executor.loader.graph.leaf_nodes())


def told(get_model):
    """Edition → table → what its rows say, and of which workflow."""
    return {
        edition.number: {
            name: [
                {"workflow": row.workflow, **{column: getattr(row, column) for column in rows[0]}}
                for row in get_model("policies", name).objects.filter(edition=edition).order_by("pk")
            ]
            for name, rows in TABLES.items()
        }
        for edition in get_model("policies", "Edition").objects.all()
    }


class Declared:
    amount = Decimal("50000.01")

    def traits(self):
        return {"kind": "national", "attendance": 1_000, "group_mark": False, "partner_share": Decimal(0)}


def test_an_edition_of_the_release_before_says_the_same(as_it_was):
    published = timezone.make_aware(datetime(2020, 1, 1))
    for number, published_at in ((1, published), (2, None)):
        edition = as_it_was("policies", "Edition").objects.create(
            number=number, title="授权表", in_force_from=date(2020, 1, 1), published_at=published_at
        )
        for name, rows in TABLES.items():
            for row in rows:
                as_it_was("policies", name).objects.create(edition=edition, **row)
    before = told(as_it_was)
    assert {row["workflow"] for table in before[1].values() for row in table} == {"campaign"}

    after = told(migrated(AFTER).get_model)

    for tables in before.values():
        tables["Deadline"][1]["workflow"] = HOUSE  # the one row that holds for every workflow
    assert after == before
    edition = Edition.objects.get(number=1)
    of_workflows_that_came_later = [f"“{name}”未设审批权限，无人可以签发。" for name in ("铺位续约", "联动活动")]
    assert (edition.number, edition.published_at, edition.gaps()) == (1, published, of_workflows_that_came_later)
    receipt = edition.deadline(HOUSE, "receipt")
    assert (receipt.days, receipt.working_days, receipt.remind_percent) == (5, False, 50)
    assert edition.deadline("campaign", "receipt") is None
    assert {role: reason.key for role, reason in edition.countersigners("campaign", Declared()).items()} == {
        "finance": "amount_above", "brand": "kind_is", "legal": "exposure_above",
    }  # fmt: skip
    assert edition.signer("campaign", Decimal(250_000))[0] == Role.VICE_PRESIDENT
    assert (edition.practice("campaign", "same_person"), edition.practices("campaign", "resume_void_when")) == (
        "allow", {"amount"},
    )  # fmt: skip
    assert edition.conduct.count() == 0  # what is published is never changed

    migrated(BEFORE)

    for tables in before.values():
        tables["Deadline"][1]["workflow"] = "campaign"
    assert told(as_it_was) == before
