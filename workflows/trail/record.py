"""How a line gets onto the trail."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.conf import settings
from django.db.models import Max
from django.utils.translation import override

from workflows.organisation import clock
from workflows.organisation.models import Person
from workflows.organisation.offices import Capacity

from .models import Entry


def line(capacity: Capacity, *, action: str, seq: int, at: datetime | None = None, **columns: Any) -> Entry:
    """Write one entry for the act of `capacity.person`. The caller holds the lock that makes `seq` safe."""
    post, behalf = capacity.post, capacity.on_behalf_of
    with override(settings.LANGUAGE_CODE):  # what is frozen is frozen in one language, whoever acts
        post_title = str(post) if post else ""
    return Entry.objects.create(
        actor=capacity.person,
        actor_name=capacity.person.name,
        post=post,
        post_title=post_title,
        on_behalf_of=behalf,
        on_behalf_of_name=behalf.name if behalf else "",
        action=action,
        seq=seq,
        at=at or clock.now(),
        **columns,
    )


def about(subject: str, *, by: Person, action: str, changes: dict[str, Any], note: str = "") -> Entry:
    """An entry about something that is no matter: a policy, a post, a corrected day.

    Two edits of one subject at the same instant collide on the unique line and one of them fails;
    the caller's transaction rolls that edit back with it.
    """
    last = Entry.objects.filter(matter=None, subject=subject).aggregate(last=Max("seq"))["last"] or 0
    return line(Capacity(by), action=action, seq=last + 1, subject=subject, changes=changes, note=note)
