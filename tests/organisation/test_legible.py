"""Names and words are checked against the faces where they are entered; a rare name says how papers write it."""

from __future__ import annotations

from typing import Any

import pytest
from django.apps import apps
from django.core.exceptions import ValidationError
from django.core.management import CommandError, call_command
from django.db import models
from django.test import Client
from django.urls import reverse
from django.utils import translation

from workflows.matters.models import Matter
from workflows.organisation import legible
from workflows.organisation.models import Person, Unit
from workflows.trail.models import Entry

NO_FACE = "𮯰"  # U+2EBF0, extension I
TOLD = "文件字库没有𮯰 (U+2EBF0)"

# Models whose words are no names an administrator or a clerk types: what a form of a matter asks, checked there and
# again before a paper is issued; and what the house writes of itself.
WORKFLOWS = {model._meta.app_label for model in apps.get_models() if issubclass(model, Matter)}
ELSEWHERE = {"auth", "contenttypes", "sessions", "steps", "trail", "viewflow"} | WORKFLOWS
OF_THE_HOUSE = {
    "IssuedDocument",
    "Voiding",
    "Rendition",
    "Batch",
    "Receipt",
    "CalendarReading",
    "Link",
    "Letter",
}  # asked by forms, or written from checked words


def inside(person: Person) -> Client:
    client = Client()
    client.force_login(person)
    return client


def test_no_model_with_words_of_its_own_forgets_to_look_at_them() -> None:
    def has_words(model: type[models.Model]) -> bool:
        return any(
            isinstance(column, models.CharField | models.TextField)
            and not isinstance(column, models.SlugField)
            and not column.choices
            and column.editable
            for column in model._meta.concrete_fields
        )

    house = [model for model in apps.get_models() if model.__module__.startswith(("workflows.", "documents."))]
    forgotten = {
        model.__name__
        for model in house
        if has_words(model)
        and not issubclass(model, legible.Legible)
        and model._meta.app_label not in ELSEWHERE
        and not model._meta.label.startswith("policies.")  # rows name what rule books offer
    }

    assert forgotten <= OF_THE_HOUSE
    assert issubclass(apps.get_model("policies.Edition"), legible.Legible)


@pytest.mark.parametrize(
    ("address", "typed", "field"),
    [
        ("admin:organisation_unit_add", {"name": "苏州店", "name_en": "🎪", "kind": "store", "code": "sz"}, "name_en"),
        ("admin:organisation_daycorrection_add", {"day": "2031-05-05", "is_working": "on", "note": "🎪"}, "note"),
        ("admin:organisation_post_add", {"role": "planner", "title": "企划🎪", "starts_on": "2031-05-05"}, "title"),
        ("admin:policies_edition_add", {"title": "2031 版🎪", "in_force_from": "2031-05-05"}, "title"),
    ],
)  # fmt: skip
def test_the_administration_names_the_character_beside_its_field(
    chain: Any, address: str, typed: dict[str, str], field: str
) -> None:
    if "post" in address:
        typed = {**typed, "person": str(chain.nobody.pk), "unit": str(chain.store.pk)}
    before = Entry.objects.count()

    answer = inside(chain.administrator).post(reverse(address), typed)

    errors = answer.context["adminform"].form.errors
    assert errors.get(field) == ["“🎪 (U+1F3AA)”无法在文件上打印，请改用文字表述。"], errors
    assert Entry.objects.count() == before


def test_a_rare_name_is_entered_with_its_form_for_print(chain: Any) -> None:
    client = inside(chain.administrator)
    typed = {
        "username": "tian", "name": f"田{NO_FACE}", "name_en": "", "email": "", "language": "zh-hans",
        "usable_password": "false",
    }  # fmt: skip

    asked = client.post(reverse("admin:organisation_person_add"), typed)
    assert asked.context["adminform"].form.errors == {"print_name": [f"{TOLD}，请在此写明文件上如何书写该名称。"]}
    assert f"田{NO_FACE}" in asked.content.decode()  # nothing typed is lost

    assert client.post(reverse("admin:organisation_person_add"), {**typed, "print_name": "田吉🎪"}).status_code == 200
    assert client.post(reverse("admin:organisation_person_add"), {**typed, "print_name": "田吉"}).status_code == 302

    tian = Person.objects.get(username="tian")
    assert (str(tian), tian.print_name) == (f"田{NO_FACE}", "田吉")  # the desk shows who it is


def test_the_form_for_print_is_there_exactly_while_it_is_needed(chain: Any) -> None:
    client = inside(chain.administrator)
    page = reverse("admin:organisation_unit_change", args=[chain.store.pk])
    typed = {"name_en": "", "kind": "store", "code": chain.store.code, "parent": chain.store.parent_id}
    assert "print_name" not in client.get(page).content.decode()

    client.post(page, {**typed, "name": f"{NO_FACE}洲店", "print_name": "吉洲店"})
    assert "print_name" in client.get(page).content.decode()
    assert Unit.objects.get(pk=chain.store.pk).print_name == "吉洲店"

    client.post(page, {**typed, "name": "杭州城西店"})
    assert Unit.objects.get(pk=chain.store.pk).print_name == ""
    assert "print_name" not in client.get(page).content.decode()


def test_the_reader_is_told_in_their_language(db: None) -> None:
    with translation.override("en"), pytest.raises(ValidationError) as refused:
        Unit(kind="store", code="x", name=f"{NO_FACE}洲店").full_clean()

    assert refused.value.message_dict == {
        "print_name": ["No font draws 𮯰 (U+2EBF0). Please write here how papers are to write the name."]
    }


def test_an_office_is_founded_with_names_that_can_be_printed(db: None) -> None:
    asked = ("found", "first", f"田{NO_FACE}", "--group", "星桥数码", "--password", "a-long-way-round-7")
    with pytest.raises(CommandError, match="U\\+2EBF0"):
        call_command(*asked)
    assert not Unit.objects.exists()

    call_command(*asked, "--print-name", "田吉")
    assert Person.objects.get(username="first").print_name == "田吉"
