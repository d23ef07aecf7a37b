"""A workflow brings its own rules: a toy lease comes into an office that has worked without it for years."""

from datetime import date, datetime
from decimal import Decimal

import pytest
from django.core.exceptions import ImproperlyConfigured, ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import override

from workflows.campaigns import wording
from workflows.campaigns.flow import CampaignFlow
from workflows.campaigns.models import Campaign, State, countersigner
from workflows.campaigns.rules import RULES, Threshold
from workflows.organisation.roles import Role
from workflows.policies import books, checks, models, reasons
from workflows.policies.books import (
    HOUSE,
    Asks,
    Countersign,
    Criterion,
    Due,
    Figure,
    Limit,
    Measure,
    Practice,
    RuleBook,
    Trait,
    amount_above,
)
from workflows.policies.defaults import first_edition
from workflows.policies.models import TABLES, Conduct, CountersignRule, Deadline, Edition, NoPolicy, Weight
from workflows.policies.reasons import Reason

pytestmark = pytest.mark.django_db

LONG_AGO = (date(2020, 1, 1), timezone.make_aware(datetime(2020, 1, 1)))


def names_a_clerk(edition):
    if not edition.fallbacks.filter(workflow="toy", role=Role.CLERK).exists():
        yield "玩具须有文书。"


TOY = RuleBook(
    "toy",
    label="玩具",
    limits=(Limit(Role.REGION_MANAGER, 100, signs=False), Limit(Role.PRESIDENT, None)),
    countersigners=(Role.RESOURCE_CENTRE, Role.LEGAL),
    countersign=(Countersign(Role.RESOURCE_CENTRE, "amount_above", 1_000), Countersign(Role.LEGAL, "colour_is", text="r")),
    traits=(
        amount_above("租金超过", says="toy.rent_above"),
        Trait("years_from", "年限达到", Asks.NUMBER_FROM, lambda toy: toy.traits()["years"], "count", "toy.years"),
        Trait("is_corner", "转角铺位", Asks.NOTHING, lambda toy: toy.traits()["corner"], says="toy.corner"),
        Trait(
            "colour_is", "颜色为", Asks.CHOICE, lambda toy: toy.traits()["colour"], "colour", "toy.colour",
            choices=lambda: [("r", "红"), ("g", "绿")],
        ),
    ),
    deadlines=(Due("offer", 5, Role.LEGAL, label="报价"), Due("signing", 3, working_days=False, label="签约")),
    figures=(Figure("years", "最长年限", Measure.DAYS, 3), Figure("share", "分成", Measure.PERCENT)),
    fallbacks={Role.CLERK: Role.PRESIDENT},
    criteria=(Criterion("rent", "租金", 70), Criterion("fit", "业态", 30)),
    practices=(Practice("void_when", "何时失效", (("rent", "租金"), ("years", "年限")), default=("rent",), several=True),),
    reasons={
        "toy.rent_above": "rent %(amount)s > %(limit)s → %(role)s",
        "toy.years": "%(count)s years ≥ %(limit)s → %(role)s",
        "toy.corner": "corner → %(role)s",
        "toy.colour": "colour %(colour)s → %(role)s",
        "toy.rent_up_to": "rent %(amount)s ≤ %(limit)s → %(role)s",
    },
    instead={"sum_up_to": "toy.rent_up_to"},
    gaps=(names_a_clerk,),
)  # fmt: skip


@pytest.fixture
def install(monkeypatch):
    """`install(book)`: the workflow is installed until the test is over."""
    monkeypatch.setattr(books, "_books", dict(books._books))
    monkeypatch.setattr(reasons, "SENTENCES", dict(reasons.SENTENCES))
    monkeypatch.setattr(reasons, "_spellings", dict(reasons._spellings))
    return books.register


class Lease:
    """A toy's matter as rules see it."""

    def __init__(self, amount="0", **traits):
        self.amount = Decimal(amount)
        self._traits = {"years": 1, "corner": False, "colour": "g", **traits}

    def traits(self):
        return self._traits


def rows(edition, workflow):
    """Table → its rows of one workflow, each with what it says."""
    untold = ("id", "edition_id", "workflow", "is_new")
    return {
        table.__name__: [
            tuple(value for name, value in row.items() if name not in untold)
            for row in table.objects.filter(edition=edition, workflow=workflow).order_by("pk").values()
        ]
        for table in TABLES
    }


SUGGESTED = {
    "ApprovalLimit": [("region_manager", Decimal(100), False), ("president", None, True)],
    "CountersignRule": [("resource_centre", "amount_above", Decimal(1_000), ""), ("legal", "colour_is", None, "r")],
    "Deadline": [("offer", 5, True, 80, "legal"), ("signing", 3, False, 80, "")],
    "Threshold": [("years", Decimal(3)), ("share", None)],
    "Fallback": [("clerk", "president")],
    "Weight": [("rent", 70), ("fit", 30)],
    "Conduct": [("same_person", "allow"), ("void_when", "rent")],
}
NOTHING = {table.__name__: [] for table in TABLES}


# --- a new office, and one that is running ----------------------------------------------------------------


def test_a_new_office_begins_with_the_rules_of_every_workflow(install):
    alone = first_edition(*LONG_AGO)
    before = rows(alone, "campaign")
    alone.delete()
    install(TOY)

    edition = first_edition(*LONG_AGO)

    assert rows(edition, "toy") == SUGGESTED
    assert rows(edition, "campaign") == before
    assert rows(edition, HOUSE) == {**NOTHING, "Deadline": [("receipt", 3, True, 80, "")]}
    assert (edition.gaps(), edition.lacks(), checks.check_edition(["default"])) == ([], [], [])
    assert not any(table.objects.filter(is_new=True).exists() for table in TABLES)


def test_an_office_already_running_is_told_what_its_edition_lacks_and_gets_it_by_its_next(install):
    edition = first_edition(*LONG_AGO)
    install(TOY)

    lacks = [
        "“玩具”未设审批权限，无人可以签发。",
        "“玩具”的下列环节未设办理时限：报价、签约。此类环节不计时限，不催办，也不升级。",
        "“玩具”的下列阈值未设：最长年限、分成。相应检查不进行。",
        "“玩具”的下列岗位未设兜底：文书。岗位空缺时由系统管理员处理。",
        "“玩具”未设权重，无法评分。",
    ]
    assert edition.lacks() == lacks
    warnings = checks.check_edition(["default"])
    assert [(warning.id, warning.msg) for warning in warnings] == [
        ("policies.W001", f"{edition}: {lack}") for lack in lacks
    ]

    draft = edition.copy()

    assert rows(edition, "toy") == NOTHING  # what is published is never changed
    assert rows(draft, "toy") == SUGGESTED
    marked = {(table, row.workflow) for table in TABLES for row in table.objects.filter(edition=draft, is_new=True)}
    assert marked == {(table, "toy") for table in TABLES}
    draft.publish()
    assert (Edition.current(), draft.lacks(), checks.check_edition(["default"])) == (draft, [], [])
    assert not any(table.objects.filter(edition=draft.copy(), is_new=True).exists() for table in TABLES)


def test_meanwhile_a_matter_of_the_new_workflow_falls_back(install):
    edition = first_edition(*LONG_AGO)
    install(TOY)

    assert edition.deadline("toy", "offer") is None
    assert edition.threshold("toy", "years") is None
    assert edition.fallback("toy", Role.CLERK) == Role.ADMINISTRATOR
    assert edition.countersigners("toy", Lease("5000")) == {}
    assert edition.practice("toy", "same_person") == "allow"
    assert edition.practices("toy", "void_when") == {"rent"}
    with pytest.raises(NoPolicy):
        edition.signer("toy", Decimal(1))


def test_a_draft_from_before_the_workflow_is_not_published_until_somebody_may_sign(install):
    draft = first_edition(*LONG_AGO).copy()
    install(TOY)

    assert draft.gaps() == ["“玩具”的权重合计为 0，应为 100。", "“玩具”未设审批权限，无人可以签发。", "玩具须有文书。"]
    draft.complete()
    assert draft.gaps() == []


def test_what_an_administrator_took_away_together_does_not_come_back_by_a_copy(install):
    install(TOY)
    edition = first_edition(*LONG_AGO)
    edition.limits.filter(workflow="toy", role=Role.REGION_MANAGER).delete()
    edition.weights.filter(workflow="toy").update(weight=100)
    edition.weights.filter(workflow="toy", criterion="fit").delete()
    edition.countersign_rules.filter(workflow="toy").delete()
    edition.deadlines.filter(workflow="toy", step="offer").delete()

    draft = edition.copy()

    assert rows(draft, "toy") == {
        **SUGGESTED,
        "ApprovalLimit": [("president", None, True)],
        "CountersignRule": [],
        "Weight": [("rent", 100)],
        "Deadline": [("signing", 3, False, 80, ""), ("offer", 5, True, 80, "legal")],
    }
    assert [row.step for row in draft.deadlines.filter(is_new=True)] == ["offer"]


# --- whose rules they are ---------------------------------------------------------------------------------


@pytest.mark.parametrize("table", TABLES)
def test_a_row_of_no_workflow_is_refused_by_the_database(table, install):
    install(TOY)
    row = next(table.defaults(TOY))
    row.edition, row.workflow = first_edition(*LONG_AGO), ""

    with pytest.raises(IntegrityError), transaction.atomic():
        row.save()


def test_each_workflow_is_judged_by_its_own_rows_and_says_its_own_sentences(install):
    install(TOY)
    edition = first_edition(*LONG_AGO)
    CountersignRule.objects.create(edition=edition, workflow="toy", role=Role.LEGAL, when="years_from", number=10)

    asked = edition.countersigners("toy", Lease("1000.01", years=10))
    within = edition.within("toy", Role.REGION_MANAGER, Decimal(100))

    with override("en"):
        assert {role: str(reason) for role, reason in asked.items()} == {
            "resource_centre": "rent 1,000.01 > 1,000 → Resource centre",
            "legal": "10 years ≥ 10 → Legal",
        }
        assert str(within) == "rent 100 ≤ 100 → Region manager"
    assert edition.countersigners("toy", Lease("1000", years=9)) == {}
    assert edition.within("campaign", Role.REGION_MANAGER, Decimal(100)).key == "amount_up_to"


@pytest.mark.parametrize(
    ("rule", "applies", "does_not"),
    [
        ({"when": "amount_above", "number": 10}, Lease("10.01"), Lease("10")),
        ({"when": "years_from", "number": 3}, Lease(years=3), Lease(years=2)),
        ({"when": "is_corner"}, Lease(corner=True), Lease()),
        ({"when": "colour_is", "text": "r"}, Lease(colour="r"), Lease(colour="g")),
        ({"when": "always"}, Lease(), None),
    ],
)
def test_every_way_a_rule_may_ask(install, rule, applies, does_not):
    install(TOY)
    row = CountersignRule(workflow="toy", role=Role.LEGAL, **rule)
    row.clean()

    assert row.applies(applies) is not None
    assert does_not is None or row.applies(does_not) is None


def test_a_choice_is_spoken_in_the_readers_language():
    rule = CountersignRule(workflow="campaign", role=Role.BRAND, when="kind_is", text="national")
    said = rule.applies(Lease(kind="national"))

    spoken = []
    for language in ("zh-hans", "en"):
        with override(language):
            spoken.append(str(said))

    assert (said.store(), spoken) == (
        {"key": "kind_is", "values": {"kind": "national", "role": "brand"}},
        ["活动类别“全国主题·本地会场” → 品牌会签", "kind “National theme, local part” → Brand"],
    )


@pytest.mark.parametrize(
    ("row", "faults"),
    [
        (CountersignRule(role=Role.FINANCE, when="always"), {"role": ["“玩具”中没有“finance”。"]}),
        (CountersignRule(role=Role.LEGAL, when="exposure_above"), {"when": ["“玩具”中没有“exposure_above”。"]}),
        (CountersignRule(role=Role.LEGAL, when="years_from"), {"number": ["此规则须填写数值。"]}),
        (CountersignRule(role=Role.LEGAL, when="colour_is"), {"text": ["此规则须填写取值。"]}),
        (CountersignRule(role=Role.LEGAL, when="colour_is", text="x"), {"text": ["“x”不是“颜色为”的取值。"]}),
        (Deadline(step="draft", days=1), {"step": ["“玩具”中没有“draft”。"]}),
        (models.Threshold(name="lead_days"), {"name": ["“玩具”中没有“lead_days”。"]}),
        (models.Threshold(name="years", value=Decimal("1.5")), {"value": ["此处须填写整数。"]}),
        (models.Threshold(name="share", value=Decimal(-1)), {"value": ["阈值不能为负数。"]}),
        (Weight(criterion="target", weight=1), {"criterion": ["“玩具”中没有“target”。"]}),
        (Conduct(name="resume_void_when", chosen="rent"), {"name": ["“玩具”中没有“resume_void_when”。"]}),
        (Conduct(name="same_person", chosen="allow forbid"), {"chosen": ["请从中选择一项。"]}),
        (Conduct(name="same_person", chosen="sometimes"), {"chosen": ["“玩具”中没有“sometimes”。"]}),
        (Conduct(name="void_when", chosen="rent text"), {"chosen": ["“玩具”中没有“text”。"]}),
    ],
)
def test_a_name_the_workflow_does_not_know_is_refused_beside_its_column(install, row, faults):
    install(TOY)
    row.workflow = "toy"

    with pytest.raises(ValidationError) as refusal:
        row.clean()

    assert refusal.value.message_dict == faults


# --- conduct ------------------------------------------------------------------------------------------------


def test_conduct_is_what_the_edition_chose_and_without_a_row_what_it_always_was(install):
    install(TOY)
    edition = first_edition(*LONG_AGO)
    campaigns = edition.conduct.filter(workflow="campaign")
    assert (edition.practice("campaign", "same_person"), edition.practices("campaign", "resume_void_when")) == (
        "allow", {"amount"},
    )  # fmt: skip

    campaigns.filter(name="same_person").update(chosen="forbid")
    campaigns.filter(name="resume_void_when").update(chosen="dates safety")
    edition.conduct.filter(workflow="toy", name="void_when").update(chosen="")

    assert edition.practice("campaign", "same_person") == "forbid"
    assert edition.practices("campaign", "resume_void_when") == {"dates", "safety"}
    assert (edition.practice("toy", "same_person"), edition.practices("toy", "void_when")) == ("allow", frozenset())
    campaigns.delete()
    assert edition.practice("campaign", "same_person") == "allow"
    with pytest.raises(NoPolicy):
        edition.practice("campaign", "void_when")


# --- a book that is wrong, and one that is gone ----------------------------------------------------------------


def test_a_workflow_has_one_book_and_a_sentence_one_meaning(install):
    install(TOY)

    with pytest.raises(ImproperlyConfigured):
        install(RuleBook("toy"))
    with pytest.raises(ImproperlyConfigured):
        install(RuleBook("other", reasons={"resume": "back again"}))


def test_a_book_that_contradicts_itself_is_found_before_anybody_falls_into_it(install):
    assert checks.check_books() == []

    install(
        RuleBook(
            "odd",
            label="怪事",
            countersigners=(Role.LEGAL,),
            countersign=(Countersign(Role.FINANCE, "always"), Countersign(Role.LEGAL, "moon_above", 3)),
            practices=(Practice("when", "何时", (("a", "甲"),), default=("b",)),),
        )
    )

    assert [(error.id, error.msg) for error in checks.check_books()] == [
        ("policies.E001", "odd, CountersignRule “finance”: “怪事”中没有“finance”。"),
        ("policies.E001", "odd, CountersignRule “legal”: “怪事”中没有“moon_above”。"),
        ("policies.E001", "odd, Conduct “when”: “怪事”中没有“b”。"),
    ]


def test_a_rule_nobody_can_read_any_more_stops_the_matter_and_is_reported(install):
    install(TOY)
    edition = first_edition(*LONG_AGO)
    edition.countersign_rules.filter(workflow="toy", role=Role.LEGAL).update(when="moon_above")

    with pytest.raises(NoPolicy, match="moon_above"):
        edition.countersigners("toy", Lease())

    assert [error.id for error in checks.check_edition(["default"])] == ["policies.E002"]


def test_the_sentences_and_rows_of_a_workflow_that_is_gone_stay_readable(install, monkeypatch):
    with monkeypatch.context() as for_a_while:
        for_a_while.setattr(books, "_books", {**books._books, "toy": TOY})
        edition = first_edition(*LONG_AGO)
    line = Reason.load({"key": "toy.years", "values": {"count": "10", "limit": "10", "role": "legal"}})

    with override("en"):
        assert str(line) == "toy.years: count 10, limit 10, role Legal"
        assert str(Reason("toy.corner")) == "toy.corner"
    draft = edition.copy()
    assert rows(draft, "toy") == SUGGESTED
    assert (draft.gaps(), draft.lacks()) == ([], [])


# --- the campaigns' own book -------------------------------------------------------------------------------------


def test_the_campaigns_book_names_what_their_machine_and_flow_name():
    wanted = {node.deadline for node in CampaignFlow._nodes_by_name.values() if getattr(node, "deadline", "")}

    assert [due.step for due in RULES.deadlines] == [state for state in State.values if state in wanted]
    assert RULES.step_choices() == [choice for choice in State.choices if choice[0] in wanted]
    assert set(RULES.countersigners) == set(countersigner.seats)
    assert {figure.name for figure in RULES.figures} == set(Threshold)
    assert {one.name: str(one.label) for one in RULES.criteria} == {k: str(v) for k, v in wording.CRITERIA.items()}
    assert RULES.name == str(Campaign._meta.verbose_name)
