"""Whatever the form of a declaration takes is printed."""

from __future__ import annotations

from typing import Any

import pytest
from django import forms

from documents.press.process import Press
from documents.press.render import MOST_PAGES
from documents.specimens import facts_of
from forms.campaigns import MOST_LINES, BudgetForm, DeclarationForm, DutyForm, PartnerForm, ScheduleForm
from forms.fields import MOST_LINES_OF_PROSE, WordsField

pytestmark = pytest.mark.once

KIND = "campaign.declaration"
AWKWARD = "W" * 20  # two of them and a gap never share the line of a column: hardly more of the paper is left white


def longest(form: type[forms.Form], name: str) -> str:
    """The text of a field that takes most room on paper."""
    field = form.base_fields[name]
    assert isinstance(field, WordsField)
    assert field.max_length
    long = bool(field.validators and field.max_length > 1000)
    ends = "一\n" * (MOST_LINES_OF_PROSE - 1) if long else ""
    return (ends + f"{AWKWARD} " * field.max_length)[: field.max_length]


def filled() -> dict[str, Any]:
    """A declaration with every line and every character there can be."""
    facts = facts_of(KIND, "zh-hans")
    said = facts["declared"]
    prose = ("title", "theme", "venue", "background", "problem", "customers", "memorable", "urgent_reason", "safety")
    greatest = {"unit_price": "999999999.99", "quantity": "999999.99", "amount": "999999999999.99"}
    step = {**said["phases"][0]["lines"][0], **{name: longest(ScheduleForm, name) for name in ("what", "who")}}
    partner = {**{name: longest(PartnerForm, name) for name in ("name", "contributes")}, "share": "999999999.99"}
    duty = {name: longest(DutyForm, name) for name in ("who", "role", "duty")}
    item = {**said["budget"][0], "item": longest(BudgetForm, "item"), **greatest}
    declared = {
        **said,
        **{name: longest(DeclarationForm, name) for name in prose},
        "phases": [{**said["phases"][0], "lines": [step] * MOST_LINES}, *said["phases"][1:]],
        "partners": [partner] * MOST_LINES,
        "team": [duty] * MOST_LINES,
        "budget": [item] * MOST_LINES,
    }
    return {**facts, "declared": declared, "urgent": True}


def test_a_declaration_filled_to_every_limit_is_printed() -> None:
    press = Press()
    try:
        _pdf, pages = press.print(KIND, "zh-hans", filled())
    finally:
        press.close()

    assert 60 < pages < MOST_PAGES


def test_a_text_of_too_many_lines_is_told_where_it_is_typed() -> None:
    field = DeclarationForm.base_fields["safety"]

    assert field.clean("\n".join(["行"] * 100)).count("行") == 100
    with pytest.raises(forms.ValidationError) as refused:
        field.clean("\n".join(["行"] * 101))
    assert refused.value.messages == ["最多 100 行，现有 101 行。"]
