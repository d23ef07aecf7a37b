"""What a declaration adds up to, what is wrong with it, what it warns of: against tables made by hand."""

from datetime import date
from decimal import Decimal

import pytest
from django.utils import translation

from documents.campaigns import shares
from workflows.campaigns.declaration import (
    REQUIRED,
    BudgetLine,
    Declaration,
    Duty,
    Evaluation,
    Partner,
    Report,
    ScheduleLine,
    Score,
    computed_scores,
)
from workflows.campaigns.templatetags.campaigns import by_payer

TODAY = date(2026, 11, 1)
WHOLE = Declaration(
    title="数码节", theme="主题", starts_on=date(2026, 12, 20), ends_on=date(2026, 12, 23), venue="中庭",
    background="背景", problem="问题", customers="客群", memorable="记忆点",
    schedule=(
        ScheduleLine("warm_up", date(2026, 12, 15), "预热", "林晓"),
        ScheduleLine("execution", date(2026, 12, 21), "执行", "周启明"),
        ScheduleLine("cool_down", date(2026, 12, 24), "收尾", "林晓"),
    ),
    channels=("wechat",), partners=(Partner("影城", "场地", Decimal(20_000)),), team=(Duty("林晓", "总协调", "进度"),),
    footfall=42_000, sales=Decimal(9_600_000), new_members=1_200, exposure=300_000, attendance=900,
    budget=(
        BudgetLine("灯箱", "media", Decimal(5_500), Decimal(8), "group"),
        BudgetLine("舞台", "venue", Decimal(3_000), Decimal(4), "store"),
        BudgetLine("赠品", "gifts", Decimal(20), Decimal(1_000), "partner"),
    ),
    reserve=Decimal(6_000), budget_total=Decimal(82_000), safety="安保四名",
)  # fmt: skip
SPOILT = ("starts_on", "ends_on", "schedule", "budget_total")  # says more than that it is empty, see below


@pytest.fixture(autouse=True)
def _in_english():
    with translation.override("en"):
        yield


# --- sums ------------------------------------------------------------------------------------------


def budget(*lines, reserve="0", reserve_payer="store"):
    return Declaration(
        budget=tuple(BudgetLine("x", "other", Decimal(price), Decimal(count), payer) for price, count, payer in lines),
        reserve=Decimal(reserve),
        reserve_payer=reserve_payer,
    )


@pytest.mark.parametrize(
    ("declared", "lines", "total", "percent", "shares"),
    [
        (budget(), "0", "0", "0", {}),
        (budget(reserve="100"), "0", "100", "100.0", {"store": "100"}),
        (
            budget(("5500", "8", "group"), ("3000", "4", "store"), ("20", "1000", "partner"), reserve="6000"),
            "76000", "82000", "7.3", {"store": "18000", "group": "44000", "partner": "20000"},
        ),
        (
            budget(("0.10", "3", "region"), ("0.20", "1", "region"), reserve="0.05", reserve_payer="group"),
            "0.50", "0.55", "9.1", {"region": "0.50", "group": "0.05"},
        ),
        (budget(("33.33", "0.5", "store")), "16.67", "16.67", "0.0", {"store": "16.67"}),  # 16.665, half up
        (budget(("950", "1", "store"), reserve="50", reserve_payer="region"), "950", "1000", "5.0",
         {"store": "950", "region": "50"}),
    ],
)  # fmt: skip
def test_lines_reserve_and_shares_add_up(declared, lines, total, percent, shares):
    assert declared.lines_total == Decimal(lines)
    assert declared.total == Decimal(total)
    assert declared.reserve_percent == Decimal(percent)
    assert declared.shares() == {payer: Decimal(amount) for payer, amount in shares.items()}
    assert sum(declared.shares().values()) == declared.total


def test_three_who_pay_the_same_are_told_so_without_a_tenth_missing():
    three = budget(("100", "1", "store"), ("100", "1", "group"), ("100", "1", "partner"))

    assert {payer: str(share) for payer, share in three.percents().items()} == {
        "store": "33.4", "group": "33.3", "partner": "33.3",
    }  # fmt: skip
    assert [str(percent) for _payer, _amount, percent in by_payer(three)] == ["33.4", "33.3", "33.3"]
    assert [share["percent"] for share in shares(three)] == ["33.4", "33.3", "33.3"]
    assert shares(budget()) == []


@pytest.mark.parametrize(
    ("reserve", "told"),
    [("4960", "4.96"), ("4999.99", "4.9999"), ("10040", "10.04"), ("4940", "4.9"), ("12000", "12.0")],
)
def test_a_reserve_just_outside_is_not_told_as_if_it_were_inside(chain, reserve, told):
    lines = 100_000 - Decimal(reserve)
    declared = budget((str(lines), "1", "store"), reserve=reserve)

    assert declared.errors(chain.edition, TODAY)["reserve"] == [
        f"The reserve is {told} % of the total; it must lie between 5 and 10 %."
    ]


def test_content_is_read_back_as_it_was_written():
    assert Declaration.from_content(WHOLE.content()) == WHOLE


# --- what is wrong -----------------------------------------------------------------------------------


def test_a_whole_declaration_has_nothing_wrong_with_it(chain):
    assert WHOLE.errors(chain.edition, TODAY) == {}


@pytest.mark.parametrize("name", [name for name in REQUIRED if name not in SPOILT and name != "budget"])
def test_every_required_field_is_asked_for(chain, name):
    blank = getattr(Declaration(), name)

    assert WHOLE.with_(**{name: blank}).errors(chain.edition, TODAY) == {name: ["Please fill this in."]}


def test_the_empty_declaration_is_asked_for_everything_at_once(chain):
    assert Declaration().errors(chain.edition, TODAY) == {name: ["Please fill this in."] for name in REQUIRED}


def phases(*lines):
    return tuple(ScheduleLine(phase, date(2026, 12, day), "做", "林晓") for phase, day in lines)


@pytest.mark.parametrize(
    ("changes", "found"),
    [
        ({"ends_on": date(2026, 12, 19), "schedule": ()},
         {"schedule": ["Please fill this in."], "ends_on": ["The campaign ends before it starts."]}),
        ({"ends_on": date(2026, 12, 20), "schedule": phases(("warm_up", 15), ("execution", 20), ("cool_down", 20))}, {}),
        ({"schedule": phases(("warm_up", 15), ("cool_down", 24))}, {"schedule": ["No line yet for: Execution."]}),
        ({"schedule": phases(("execution", 20))}, {"schedule": ["No line yet for: Warm-up, Cool-down."]}),
        ({"schedule": phases(("warm_up", 24), ("execution", 20), ("cool_down", 24))},
         {"schedule.1": ["Line 1: the warm-up lies after the end."]}),
        ({"schedule": phases(("warm_up", 15), ("execution", 19), ("cool_down", 24))},
         {"schedule.2": ["Line 2: execution lies outside the period."]}),
        ({"schedule": phases(("warm_up", 15), ("execution", 24), ("cool_down", 24))},
         {"schedule.2": ["Line 2: execution lies outside the period."]}),
        ({"schedule": phases(("warm_up", 15), ("execution", 23), ("cool_down", 22))},
         {"schedule.3": ["Line 3: the cool-down lies before the end."]}),
        ({"schedule": (*WHOLE.schedule, ScheduleLine("execution", None, "做", "林晓"))},
         {"schedule.4": ["Line 4 needs a date, what is done and a person."]}),
        ({"schedule": (*WHOLE.schedule, ScheduleLine("execution", date(2026, 12, 21), "做", ""))},
         {"schedule.4": ["Line 4 needs a date, what is done and a person."]}),
    ],
)  # fmt: skip
def test_dates_that_do_not_fit_are_named(chain, changes, found):
    assert WHOLE.with_(**changes).errors(chain.edition, TODAY) == found


@pytest.mark.parametrize(
    ("today", "urgent", "starts_too_early"),
    [
        (date(2026, 12, 5), False, False),
        (date(2026, 12, 6), False, False),  # fourteen days are fourteen days
        (date(2026, 12, 7), True, False),
        (date(2026, 12, 19), True, False),
        (date(2026, 12, 20), True, True),
        (date(2026, 12, 21), True, True),
    ],
)
def test_the_lead_time_is_fourteen_days(chain, today, urgent, starts_too_early):
    found = WHOLE.errors(chain.edition, today)

    assert WHOLE.is_urgent(chain.edition, today) is urgent
    assert ("urgent_reason" in found) is urgent
    assert ("starts_on" in found) is starts_too_early
    assert "urgent_reason" not in WHOLE.with_(urgent_reason="新品首发").errors(chain.edition, today)
    assert WHOLE.errors(chain.edition, today, running=True) == {}  # a change of what has begun


@pytest.mark.parametrize(
    ("changes", "found"),
    [
        ({"reserve": Decimal(4_000), "budget_total": Decimal(80_000)}, {}),  # 5.0 %
        ({"reserve": Decimal(3_900), "budget_total": Decimal(79_900)},
         {"reserve": ["The reserve is 4.9 % of the total; it must lie between 5 and 10 %."]}),
        ({"reserve": Decimal(8_444), "budget_total": Decimal(84_444)}, {}),  # 10.0 %
        ({"reserve": Decimal(8_600), "budget_total": Decimal(84_600)},
         {"reserve": ["The reserve is 10.2 % of the total; it must lie between 5 and 10 %."]}),
        ({"reserve": Decimal(0), "budget_total": Decimal(76_000)},
         {"reserve": ["The reserve is 0.0 % of the total; it must lie between 5 and 10 %."]}),
        ({"budget_total": Decimal(82_001)},
         {"budget_total": ["The lines come to ¥76,000 and the reserve to ¥6,000, together ¥82,000; you stated ¥82,001."]}),
        ({"partners": ()},
         {"partners": ["Partners bear ¥0 here, but the budget lines marked “partner” come to ¥20,000."]}),
        ({"partners": (Partner("影城", "", Decimal(12_000)), Partner("茶饮", "", Decimal(8_000)))}, {}),
        ({"reserve_payer": "partner"},
         {"partners": ["Partners bear ¥20,000 here, but the budget lines marked “partner” come to ¥26,000."]}),
        ({"budget": (*WHOLE.budget, BudgetLine("", "other", Decimal(0), Decimal(1), "store"))},
         {"budget.4": ["Line 4 needs an item, a price and a quantity."]}),
        ({"budget": (*WHOLE.budget, BudgetLine("水", "other", Decimal(2), Decimal(0), "store"))},
         {"budget.4": ["Line 4 needs an item, a price and a quantity."]}),
    ],
)  # fmt: skip
def test_a_budget_that_does_not_add_up_is_named(chain, changes, found):
    assert WHOLE.with_(**changes).errors(chain.edition, TODAY) == found


# --- what it warns of ----------------------------------------------------------------------------------

PERMIT = (
    "1000 or more people are expected: apply to the police for a safety permit by 2026-11-30, 20 days before the start."
)
URGENT = "Fewer than 14 days are left: it will be marked urgent."


@pytest.mark.parametrize(
    ("attendance", "starts_on", "today", "warnings"),
    [
        (999, date(2026, 12, 20), TODAY, []),
        (1_000, date(2026, 12, 20), TODAY, [PERMIT]),
        (1_000, None, TODAY, []),
        (None, date(2026, 12, 20), TODAY, []),
        (999, date(2026, 12, 20), date(2026, 12, 7), [URGENT]),
        (5_000, date(2026, 12, 20), date(2026, 12, 7), [PERMIT, URGENT]),
    ],
)
def test_the_police_and_the_hurry_are_warned_of(chain, attendance, starts_on, today, warnings):
    declared = WHOLE.with_(attendance=attendance, starts_on=starts_on)

    assert declared.warnings(chain.edition, today) == warnings


# --- what came of it -------------------------------------------------------------------------------------


def spent(amount, **results):
    full = {"footfall": 42_000, "sales": Decimal(9_600_000), "new_members": 1_200, "exposure": 300_000}
    return Report(actuals=(Decimal(amount),), **{**full, **results})


@pytest.mark.parametrize(
    ("report", "late", "scores"),
    [
        (spent(82_000), False, ("100.0", "100.0", "100.0", "100.0")),
        (spent(82_000), True, ("100.0", "100.0", "100.0", "80.0")),
        (spent(82_001), False, ("100.0", "100.0", "100.0", "70.0")),
        (spent(82_001), True, ("100.0", "100.0", "100.0", "50.0")),
        # half the footfall: 50, 100, 100; each visitor costs twice the plan
        (spent(82_000, footfall=21_000), False, ("83.3", "100.0", "50.0", "100.0")),
        # twice everything counts no more than the target
        (spent(82_000, footfall=84_000, new_members=2_400), False, ("100.0", "100.0", "100.0", "100.0")),
        (spent(41_000, exposure=75_000), False, ("100.0", "25.0", "100.0", "100.0")),
        (spent(0), False, ("100.0", "100.0", "100.0", "100.0")),  # nothing spent is cheap
        (spent(82_000, footfall=0, sales=Decimal(0), new_members=0, exposure=0), False, ("0.0", "0.0", "0.0", "100.0")),
        (spent(82_000, sales=Decimal(4_800_000), new_members=900), False, ("75.0", "100.0", "100.0", "100.0")),
    ],
)  # fmt: skip
def test_scores_follow_from_the_figures(report, late, scores):
    computed = computed_scores(WHOLE, report, report_late=late)

    assert computed == dict(zip(("target", "publicity", "cost", "discipline"), map(Decimal, scores), strict=True))


def test_without_an_exposure_target_publicity_is_full():
    computed = computed_scores(WHOLE.with_(exposure=None), spent(82_000, exposure=0), report_late=False)

    assert computed["publicity"] == 100


def test_an_evaluation_weighs_its_scores():
    evaluation = Evaluation(
        (
            Score("target", 60, Decimal("95.2"), Decimal("95.2")),
            Score("publicity", 10, Decimal(100), Decimal(90), "渠道单一"),
            Score("cost", 20, Decimal("88.9"), Decimal("88.9")),
            Score("discipline", 10, Decimal(80), Decimal(80)),
        )
    )

    assert [score.weighted for score in evaluation.scores] == [Decimal(w) for w in ("57.12", "9.00", "17.78", "8.00")]
    assert evaluation.total == Decimal("91.90")
    assert Evaluation.from_content(evaluation.content()) == evaluation
