"""How a line gets onto the trail."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Max, Model
from django.utils.translation import override

from workflows.organisation import clock
from workflows.organisation.models import Person, Post
from workflows.organisation.offices import Capacity

from .models import Entry

SUBJECTS = 0x7472  # the room of our locks by subject, among all that PostgreSQL keeps by number


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


@transaction.atomic
def about(
    subject: str,
    *,
    by: Person,
    action: str,
    changes: dict[str, Any],
    note: str = "",
    post: Post | None = None,
    on_behalf_of: Person | None = None,
    **columns: Any,
) -> Entry:
    """An entry about something that is no matter: a policy, a post, a corrected day.

    Two acts on one subject at the same instant are written one after the other: the second waits here
    until the transaction of the first has ended.
    """
    _alone(subject)
    last = Entry.objects.filter(matter=None, subject=subject).aggregate(last=Max("seq"))["last"] or 0
    capacity = Capacity(by, post, on_behalf_of)
    return line(capacity, action=action, seq=last + 1, subject=subject, changes=changes, note=note, **columns)


def _alone(subject: str) -> None:
    """Until this transaction ends nobody else writes of `subject`. SQLite has one writer as it is."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s, hashtext(%s))", [SUBJECTS, subject])


# What no line of the trail repeats: keys, secrets, flags this house does not use, and what other lines tell.
UNTOLD = {
    "id", "password", "last_login", "is_superuser", "is_system", "published_at",
    "former_names", "once_called", "password_set_by", "password_set_at", "sessions_mark",
}  # fmt: skip


def columns_of(row: Model) -> dict[str, Any]:
    """The columns of `row` as the trail keeps them: JSON values, other rows by name and key."""
    with override(settings.LANGUAGE_CODE):
        return {
            column.name: _plain(getattr(row, column.name))
            for column in row._meta.concrete_fields
            if column.name not in UNTOLD
        }


def _plain(value: Any) -> Any:
    if isinstance(value, Model):
        return f"{value} #{value.pk}"
    if isinstance(value, date | datetime):
        return value.isoformat()
    return value if value is None or isinstance(value, bool | int | str) else str(value)


def difference(before: dict[str, Any], after: dict[str, Any]) -> dict[str, list[Any]]:
    """{field: [before, after]} for what changed, nothing else."""
    names = [*after, *(name for name in before if name not in after)]
    return {name: [before.get(name), after.get(name)] for name in names if before.get(name) != after.get(name)}


def subject_of(row: Model) -> str:
    """How the trail names a row that is no matter: "policies.edition/3"."""
    return f"{row._meta.label_lower}/{row.pk}"
