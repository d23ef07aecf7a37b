"""People who enter with one click exist in a demonstration and nowhere else."""

from __future__ import annotations

import json

import pytest
from django.urls import reverse

from workflows.organisation.models import Person


@pytest.fixture
def door(chain, client, settings, tmp_path):
    """The door of an office with a list of demonstration people lying about: `door(demonstration)`."""
    settings.VAR_DIR = tmp_path
    row = {"username": chain.planner.username, "zh": "申报一个活动", "en": "declare a campaign"}
    (tmp_path / "demonstration.json").write_text(json.dumps([row]))

    def knock(demonstration: bool) -> tuple[bool, int, bool]:
        """Is the planner offered; what does trying to become them answer; are we in?"""
        settings.DEMONSTRATION = demonstration
        offered = chain.planner.name in client.get(reverse("door:enter")).content.decode()
        answer = client.post(reverse("door:become"), {"username": chain.planner.username})
        return offered, answer.status_code, "_auth_user_id" in client.session

    return knock


def test_in_a_demonstration_one_click_is_enough(door):
    assert door(demonstration=True) == (True, 302, True)


@pytest.mark.parametrize(("chosen", "stored"), [("en", "zh-hans"), ("zh-hans", "en")])
def test_who_chooses_a_language_at_the_door_stays_in_it_whomever_they_become(chosen, stored, door, chain, client):
    door(demonstration=True)
    client.post(reverse("door:leave"))
    Person.objects.update(language=stored)
    client.post(reverse("door:language"), {"language": chosen, "next": reverse("door:enter")})

    seen = []
    for _time in range(2):  # a visitor leaves and comes back as somebody else
        client.post(reverse("door:become"), {"username": chain.planner.username})
        seen += [client.get(reverse(page))["Content-Language"] for page in ("desk:inbox", "desk:started")]
        client.post(reverse("door:leave"))

    assert seen == [chosen] * 4
    assert Person.objects.get(pk=chain.planner.pk).language == stored


def test_who_chose_nothing_is_spoken_to_as_the_person_reads(door, chain, client):
    door(demonstration=True)

    assert client.get(reverse("desk:inbox"), headers={"accept-language": "en"})["Content-Language"] == "zh-hans"


def test_anywhere_else_nobody_is_offered_and_nobody_gets_in(door):
    assert door(demonstration=False) == (False, 404, False)
