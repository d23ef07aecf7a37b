"""The report asks about every approved line; the evaluation shows what the figures give."""

from decimal import Decimal

import pytest
from django.utils import translation

from forms.campaigns import EvaluationForm, ReportForm
from workflows.campaigns.declaration import BudgetLine, Declaration, Evaluation, Report, Score

DECLARED = Declaration(
    budget=(
        BudgetLine("灯箱", "media", Decimal(5_500), Decimal(8), "group"),
        BudgetLine("舞台", "venue", Decimal(3_000), Decimal(4), "store"),
    ),
    reserve=Decimal(4_000), footfall=42_000, sales=Decimal(9_600_000), new_members=1_200,
)  # fmt: skip
HIDDEN = {"turn": "7", "key": "k"}
HANDED_IN = HIDDEN | {
    "actual_0": "43,100", "actual_1": "１２０００", "reserve_spent": "", "footfall": "40,000", "sales": "960万",
    "new_members": "1300", "exposure": "", "summary": "很好", "lessons": "",
}  # fmt: skip


def test_a_report_is_read_line_by_line():
    form = ReportForm(HANDED_IN, declared=DECLARED)

    assert form.is_valid(), form.errors
    assert form.report == Report(
        actuals=(Decimal(43_100), Decimal(12_000)),
        reserve_spent=Decimal(0),
        footfall=40_000,
        sales=Decimal(9_600_000),
        new_members=1_300,
        exposure=0,
        summary="很好",
        lessons="",
    )
    assert (form.approved, form.spent) == ("¥60,000", "¥55,100")


def test_planned_stands_beside_actual():
    form = ReportForm(declared=DECLARED)

    assert [(line.label, line.approved) for line in form.spending()][:2] == [("灯箱", "¥44,000"), ("舞台", "¥12,000")]
    assert [result.target for result in form.results()] == ["42,000", "9,600,000", "1,200", ""]


@pytest.mark.parametrize("field", ["actual_0", "actual_1", "footfall", "sales", "new_members", "summary"])
def test_a_report_with_a_gap_is_refused_at_the_gap(field):
    form = ReportForm(HANDED_IN | {field: ""}, declared=DECLARED)

    assert not form.is_valid()
    assert [fault.anchor for fault in form.faults()] == [f"id_{field}"]


@pytest.mark.parametrize("field", ["actual_0", "reserve_spent", "footfall", "sales", "new_members", "exposure"])
def test_garbage_in_a_report_is_shown_again(field):
    form = ReportForm(HANDED_IN | {field: "viel"}, declared=DECLARED)

    assert not form.is_valid()
    assert [fault.anchor for fault in form.faults()] == [f"id_{field}"]
    assert {name: form[name].value() for name in HANDED_IN} == HANDED_IN | {field: "viel"}


WEIGHTS = {"target": 60, "publicity": 10, "cost": 20, "discipline": 10}
COMPUTED = {
    "target": Decimal("95.2"), "publicity": Decimal("100.0"), "cost": Decimal("88.9"), "discipline": Decimal("80.0"),
}  # fmt: skip
GIVEN = HIDDEN | {
    "given_target": "95.2", "given_publicity": "100", "given_cost": "88.9", "given_discipline": "80", "remark": "好",
}  # fmt: skip


def test_the_figures_are_the_first_proposal():
    form = EvaluationForm(weights=WEIGHTS, computed=COMPUTED)

    assert [(c.weight, c.computed, c.given.value()) for c in form.criteria()] == [
        (60, Decimal("95.2"), Decimal("95.2")),
        (10, Decimal(100), Decimal(100)),
        (20, Decimal("88.9"), Decimal("88.9")),
        (10, Decimal(80), Decimal(80)),
    ]
    assert form.total == Decimal("92.90")  # 57.12 + 10 + 17.78 + 8


def test_scores_as_computed_need_no_reason():
    form = EvaluationForm(GIVEN, weights=WEIGHTS, computed=COMPUTED)

    assert form.is_valid(), form.errors
    assert form.evaluation == Evaluation(
        tuple(Score(name, weight, COMPUTED[name], COMPUTED[name]) for name, weight in WEIGHTS.items()), "好"
    )


def test_a_deviation_needs_a_reason_beside_it():
    deviating = GIVEN | {"given_discipline": "100"}
    with translation.override("en"):
        silent = EvaluationForm(deviating, weights=WEIGHTS, computed=COMPUTED)
        spoken = EvaluationForm(deviating | {"why_discipline": "台风"}, weights=WEIGHTS, computed=COMPUTED)

        assert not silent.is_valid()
        assert [(fault.anchor, fault.message) for fault in silent.faults()] == [
            ("id_why_discipline", "The figures give 80.0. Please say why you give 100.")
        ]
    assert spoken.is_valid()
    assert spoken.evaluation.scores[3] == Score("discipline", 10, Decimal(80), Decimal(100), "台风")


@pytest.mark.parametrize("given", ["", "101", "-1", "89.55", "gut"])
def test_a_score_lies_between_nothing_and_a_hundred(given):
    form = EvaluationForm(GIVEN | {"given_cost": given}, weights=WEIGHTS, computed=COMPUTED)

    assert not form.is_valid()
    assert [fault.anchor for fault in form.faults()] == ["id_given_cost"]
