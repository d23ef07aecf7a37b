"""A password that somebody sets: whose, and by whom, stands on the trail, and its owner is told at the door."""

from __future__ import annotations

from django.db import transaction

from workflows.organisation import clock
from workflows.organisation.models import Person

from .models import Entry
from .record import about, subject_of

HIDDEN = "***"


@transaction.atomic
def password_set(person: Person, *, by: Person, note: str = "") -> Entry:
    """Put on the trail that `by` has just set the password of `person`, without the password."""
    remember_setter(person, by)
    person.save(update_fields=["password_set_by", "password_set_at"])
    return about(subject_of(person), by=by, action="change", changes={"password": [HIDDEN, HIDDEN]}, note=note)


def remember_setter(person: Person, by: Person) -> None:
    """Have the person told at the door, unless they did it themselves; the caller saves."""
    others = by != person and person.has_usable_password()
    person.password_set_by, person.password_set_at = (by, clock.now()) if others else (None, None)


def last_done_by(by: Person, to: Person, what: str) -> bool:
    """Whether it was `by` who last changed this, "password" or "second_factor", of somebody else.

    Nobody else's hand does both to one person: password and second factor together are that person.
    """
    lines = Entry.objects.filter(matter=None, subject=subject_of(to), changes__has_key=what).order_by("-seq")
    return by != to and lines.values_list("actor", flat=True).first() == by.pk
