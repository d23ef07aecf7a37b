"""The declaration's form: what goes in comes out, nothing typed is lost, every message has its place."""

import string
from datetime import date
from decimal import Decimal

import pytest
from django.http import QueryDict
from django.utils import translation
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from forms.campaigns import TABLES, ChangeForm, DeclarationForm, renumbered
from tests.examples import examples
from workflows.campaigns.declaration import (
    BudgetLine,
    Category,
    Channel,
    Declaration,
    Duty,
    Kind,
    Partner,
    Payer,
    Phase,
    ScheduleLine,
)

# --- from a declaration to what a browser would send of its form -----------------------------------------


def typed(form):
    """What a browser sends when `form` is sent back as it is shown."""
    data = QueryDict(mutable=True)
    lines = [line for table in form.tables.values() for line in table.forms]
    for part in (form, *lines):
        for bound in part:
            shown = bound.value()
            if bound.name == "attachments":
                continue
            if isinstance(shown, (list, tuple)):
                data.setlist(bound.html_name, list(shown))
            elif isinstance(shown, bool):
                if shown:
                    data[bound.html_name] = "on"
            elif hasattr(bound.field, "choices"):
                data[bound.html_name] = shown or ""
            else:
                data[bound.html_name] = bound.field.widget.format_value(shown) or ""
    return data


def blank(**values):
    """A form sent with nothing but `values`."""
    data = QueryDict(mutable=True)
    data.update({"turn": "0", "key": "k", **values})
    return data


def sent_back(declaration):
    return DeclarationForm(typed(DeclarationForm(declaration=declaration)))


# --- any declaration a planner could write ------------------------------------------------------------

letters = st.sampled_from(string.ascii_letters + string.digits + "，。、“”·&<>'\"中文数码节１２")
word = st.text(letters, max_size=30)
filled = st.text(letters, min_size=1, max_size=30)
prose = st.lists(filled, max_size=3).map("\n".join)
day = st.dates(date(2000, 1, 1), date(2099, 12, 31))


def canonical(cents):
    amount = Decimal(cents).scaleb(-2)
    return amount.to_integral_value() if amount == amount.to_integral_value() else amount


amount = st.integers(0, 99_999_999_999).map(canonical)
count = st.none() | st.integers(0, 999_999_999)
schedule = st.tuples(
    *(
        st.lists(st.builds(ScheduleLine, st.just(phase.value), st.none() | day, filled, word), max_size=2)
        for phase in Phase
    )
).map(lambda phases: tuple(line for lines in phases for line in lines))
declarations = st.builds(
    Declaration,
    title=word, theme=word, kind=st.sampled_from(Kind.values), starts_on=st.none() | day, ends_on=st.none() | day,
    venue=word, background=prose, problem=prose, customers=prose, memorable=prose, schedule=schedule,
    channels=st.sets(st.sampled_from(Channel.values)).map(
        lambda chosen: tuple(channel for channel in Channel.values if channel in chosen)
    ),
    group_mark=st.booleans(),
    partners=st.lists(st.builds(Partner, filled, word, amount), max_size=2).map(tuple),
    team=st.lists(st.builds(Duty, word, filled, word), max_size=2).map(tuple),
    footfall=count, sales=st.none() | amount, new_members=count, exposure=count, attendance=count,
    budget=st.lists(
        st.builds(
            BudgetLine, filled, st.sampled_from(Category.values), amount, st.integers(0, 99).map(Decimal),
            st.sampled_from(Payer.values),
        ),
        max_size=3,
    ).map(tuple),
    reserve=amount, reserve_payer=st.sampled_from(Payer.values), budget_total=st.none() | amount,
    safety=prose, urgent_reason=prose,
)  # fmt: skip


@settings(max_examples=examples(20), suppress_health_check=[HealthCheck.too_slow])
@given(declarations)
def test_what_a_declaration_says_its_form_says_when_sent_back(declaration):
    form = sent_back(declaration)

    assert form.is_valid(), form.faults()
    assert form.declaration.content() == declaration.content()


def test_a_declaration_without_a_word_is_a_draft_without_a_line():
    form = sent_back(Declaration())

    assert form.is_valid()
    assert form.declaration == Declaration()


# --- nothing typed is lost --------------------------------------------------------------------------------

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
READ_AS_SOMETHING = [
    "starts_on", "ends_on", "attendance", "footfall", "sales", "new_members", "exposure", "reserve", "budget_total",
    "schedule-1-on", "partners-0-share", "budget-0-unit_price", "budget-2-quantity",
]  # fmt: skip


@pytest.mark.parametrize("field", READ_AS_SOMETHING)
def test_garbage_in_one_box_is_shown_again_with_everything_else(field):
    data = typed(DeclarationForm(declaration=WHOLE))
    data[field] = "kein Wert"
    form = DeclarationForm(data)

    assert not form.is_valid()
    assert [fault.anchor for fault in form.faults()] == [f"id_{field}"]
    again = typed(form)
    assert {name: again.getlist(name) for name in again if name != "key"} == {
        name: data.getlist(name) for name in again if name != "key"
    }


@pytest.mark.parametrize("field", ["title", "venue", "schedule-0-what", "team-0-who"])
def test_too_many_words_are_shown_again_too(field):
    data = typed(DeclarationForm(declaration=WHOLE))
    data[field] = "长" * 500
    form = DeclarationForm(data)

    assert not form.is_valid()
    assert typed(form)[field] == "长" * 500


def test_an_unreadable_figure_counts_nothing_in_the_sums():
    data = typed(DeclarationForm(declaration=WHOLE))
    data["budget-0-unit_price"] = "dear"

    assert DeclarationForm(data).sums.lines == "¥32,000"


# --- lines come and go -----------------------------------------------------------------------------------------


def test_lines_are_added_and_taken_out_without_losing_the_others():
    data = typed(DeclarationForm(declaration=WHOLE))
    data["budget-1-item"] = "舞台与灯光"

    more = DeclarationForm(renumbered(data, add="budget"))
    fewer = DeclarationForm(renumbered(data, remove="budget-0"))

    assert [form["item"].value() for form in more.tables["budget"].forms] == ["灯箱", "舞台与灯光", "赠品", ""]
    assert [form["item"].value() for form in fewer.tables["budget"].forms] == ["舞台与灯光", "赠品"]
    assert fewer.declaration == WHOLE.with_(
        budget=(BudgetLine("舞台与灯光", "venue", Decimal(3_000), Decimal(4), "store"), WHOLE.budget[2])
    )


def test_a_line_is_added_to_its_phase():
    form = DeclarationForm(renumbered(typed(DeclarationForm(declaration=WHOLE)), add="schedule:warm_up"))

    assert [(phase.value, len(lines)) for phase, lines in form.tables["schedule"].by_phase()] == [
        ("warm_up", 2),
        ("execution", 1),
        ("cool_down", 1),
    ]


def test_lines_are_read_in_the_order_of_the_phases_whatever_their_number():
    data = renumbered(typed(DeclarationForm(declaration=WHOLE)), add="schedule:warm_up")
    data["schedule-3-what"] = "第二次预热"

    assert [line.what for line in DeclarationForm(data).declaration.schedule] == ["预热", "第二次预热", "执行", "收尾"]


def test_gaps_and_wrong_counts_from_a_browser_do_no_harm():
    data = blank(**{"budget-7-item": "后", "budget-2-item": "前", "budget-TOTAL_FORMS": "garbage"})

    assert [line.item for line in DeclarationForm(data).declaration.budget] == ["前", "后"]


def test_more_lines_than_a_table_takes_are_refused_and_kept():
    form = DeclarationForm(blank(**{f"team-{number}-who": f"{number}" for number in range(101)}))

    assert not form.is_valid()
    assert len(form.tables["team"].forms) == 101
    assert [fault.anchor for fault in form.faults()] == ["table-team"]


def test_a_sum_no_column_could_hold_is_refused_at_the_total():
    dear = {"budget-0-unit_price": "999999999", "budget-0-quantity": "999999"}
    form = DeclarationForm(blank(budget_total="1", **dear))

    assert not form.is_valid()
    assert [fault.anchor for fault in form.faults()] == ["id_budget_total"]


# --- sums -------------------------------------------------------------------------------------------------------


def test_sums_are_those_of_the_hand_made_table():
    sums = DeclarationForm(declaration=WHOLE).sums

    assert (sums.lines, sums.reserve_percent, sums.total, sums.difference) == ("¥76,000", "7.3", "¥82,000", "")
    assert [(payer, share) for payer, _label, share in sums.shares] == [
        ("store", "¥18,000"),
        ("region", "¥0"),
        ("group", "¥44,000"),
        ("partner", "¥20,000"),
        ("alliance", "¥0"),
    ]


@pytest.mark.parametrize(
    ("stated", "difference"), [("82000", ""), ("80,000", "¥-2,000"), ("82,000.50", "¥0.50"), ("", "")]
)
def test_the_difference_to_the_stated_total_is_shown(stated, difference):
    data = typed(DeclarationForm(declaration=WHOLE))
    data["budget_total"] = stated

    assert DeclarationForm(data).sums.difference == difference


# --- every message beside what it is about ------------------------------------------------------------------------


def test_each_message_stands_beside_its_field_line_or_table(chain):
    wrong = WHOLE.with_(
        title="",
        ends_on=date(2026, 12, 19),
        schedule=(WHOLE.schedule[0], ScheduleLine("execution", None, "", "周启明")),
        partners=(),
        team=(),
        budget=(WHOLE.budget[0], BudgetLine("舞台", "venue", Decimal(0), Decimal(4), "store"), WHOLE.budget[2]),
    )
    data = typed(DeclarationForm(declaration=wrong))
    form = DeclarationForm(data)
    assert form.is_valid()

    with translation.override("en"):
        form.complain(form.declaration.errors(chain.edition, date(2026, 11, 1)))
        faults = form.faults()

    assert [(fault.anchor, fault.message) for fault in faults] == [
        ("id_title", "Please fill this in."),
        ("id_ends_on", "The campaign ends before it starts."),
        ("table-schedule", "No line yet for: Cool-down."),
        ("line-schedule-1", "Line 2 needs a date, what is done and a person."),
        ("table-partners", "Partners bear ¥0 here, but the budget lines marked “partner” come to ¥20,000."),
        ("table-team", "Please fill this in."),
        ("line-budget-1", "Line 2 needs an item, a price and a quantity."),
        (
            "id_budget_total",
            "The lines come to ¥64,000 and the reserve to ¥6,000, together ¥70,000; you stated ¥82,000.",
        ),
    ]


def test_every_message_a_declaration_can_give_finds_a_place(chain):
    form = DeclarationForm(blank(reserve="5", **{"partners-0-name": "影城", "partners-0-share": "3"}))
    assert form.is_valid()

    found = form.declaration.errors(chain.edition, date(2026, 11, 1))
    form.complain(found)

    assert len(form.faults()) == sum(len(messages) for messages in found.values())
    assert "main" not in [fault.anchor for fault in form.faults()]
    places = {*form.fields, *(f"table-{name}" for name in TABLES)}
    assert {fault.anchor.removeprefix("id_") for fault in form.faults()} <= places


def test_parts_say_what_they_still_need_and_the_first_unfinished_one_is_open():
    parts = {
        part.section.name: part for part in DeclarationForm(declaration=WHOLE.with_(venue="", safety="")).sections()
    }

    assert {name: part.missing for name, part in parts.items() if part.missing} == {"when": 1, "risk": 1}
    assert [name for name, part in parts.items() if part.open] == ["when"]


def test_a_change_without_a_reason_is_refused():
    form = ChangeForm(typed(DeclarationForm(declaration=WHOLE)))

    assert not form.is_valid()
    assert [fault.anchor for fault in form.faults()] == ["id_note"]
