"""An office of one's own begins with one command, and only once."""

import pytest
from django.core.management import CommandError, call_command
from django.test import Client

from workflows.organisation.models import Person, Unit
from workflows.policies.models import Edition
from workflows.trail.models import Entry

pytestmark = pytest.mark.django_db


def test_an_office_is_founded(capsys):
    call_command("found", "heqing", "何清", group="云岭数码", password="correct-horse-battery")

    founder = Person.objects.get(username="heqing")
    assert (Unit.objects.get().name, Edition.current().number, founder.is_staff) == ("云岭数码", 1, True)
    assert [(entry.actor, entry.action) for entry in Entry.objects.all()] == [(founder, "add")]
    assert Client().login(username="heqing", password="correct-horse-battery")


def test_a_weak_password_founds_nothing():
    with pytest.raises(CommandError):
        call_command("found", "heqing", "何清", password="12345678")

    assert not Person.objects.exists()


def test_an_office_is_founded_once(chain):
    with pytest.raises(CommandError):
        call_command("found", "heqing", "何清", password="correct-horse-battery")

    assert not Person.objects.filter(username="heqing").exists()
