"""What happened: one entry for every act, written once and never changed.

The canonical form of an entry, on which the hash chain will stand, is decided here: every column
in `CANONICAL` order, as one UTF-8 JSON array without spaces; instants in UTC with microseconds.
"""

from __future__ import annotations

import json
from datetime import UTC
from typing import Any, ClassVar, Never

from django.db import models
from django.utils.translation import gettext_lazy as _

from workflows.organisation.models import Person, Post, Unit


class Entry(models.Model):
    """One line of the trail. Names are frozen beside the keys: a person may leave, a line stays readable."""

    CANONICAL: ClassVar[tuple[str, ...]] = (
        "matter_id", "subject", "seq", "at", "actor_id", "actor_name", "post_id", "post_title",
        "on_behalf_of_id", "on_behalf_of_name", "workflow", "unit_id", "action", "step", "from_state",
        "to_state", "turn", "note", "changes", "documents", "rules", "late",
    )  # fmt: skip

    matter = models.ForeignKey("matters.Matter", models.PROTECT, null=True, related_name="trail")
    subject = models.CharField(max_length=80, blank=True)  # what else was touched: "policies.edition/3"
    seq = models.PositiveIntegerField()  # 1, 2, 3 … within the matter, or within the subject
    at = models.DateTimeField()
    actor = models.ForeignKey(Person, models.PROTECT, related_name="+")
    actor_name = models.CharField(max_length=60)
    post = models.ForeignKey(Post, models.PROTECT, null=True, related_name="+")
    post_title = models.CharField(max_length=120, blank=True)
    on_behalf_of = models.ForeignKey(Person, models.PROTECT, null=True, related_name="+")
    on_behalf_of_name = models.CharField(max_length=60, blank=True)
    workflow = models.CharField(max_length=24, blank=True)
    unit = models.ForeignKey(Unit, models.PROTECT, null=True, related_name="+")
    action = models.CharField(max_length=40)
    step = models.CharField(max_length=40, blank=True)
    from_state = models.CharField(max_length=24, blank=True)
    to_state = models.CharField(max_length=24, blank=True)
    turn = models.PositiveIntegerField(default=0)
    note = models.TextField(blank=True)
    changes = models.JSONField(default=dict)  # {field: [before, after]}
    documents = models.JSONField(default=list)  # [{"id", "kind", "number"}]
    rules = models.JSONField(default=list)  # stored Reasons: which rules applied, and with what numbers
    late = models.BooleanField(default=False)

    class Meta:
        verbose_name, verbose_name_plural = _("trail entry"), _("trail entries")
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["matter", "seq"], name="one_line_per_place"),
            models.UniqueConstraint(
                fields=["subject", "seq"], condition=models.Q(matter=None), name="one_line_per_place_of_a_subject"
            ),
        ]
        indexes = [
            models.Index(fields=["at"]),
            models.Index(fields=["actor", "at"]),
            models.Index(fields=["unit", "at"]),
            models.Index(fields=["action", "at"]),
        ]

    def __str__(self) -> str:
        return f"{self.matter_id or self.subject}#{self.seq} {self.action}"

    def canonical(self) -> bytes:
        """The bytes that stand for this entry, the same for ever and on every database."""
        values: list[Any] = [getattr(self, column) for column in self.CANONICAL]
        values[3] = self.at.astimezone(UTC).isoformat(timespec="microseconds")
        return json.dumps(values, ensure_ascii=False, separators=(",", ":"), sort_keys=True).encode()

    def save(self, *args: Any, **kwargs: Any) -> None:
        if not self._state.adding:
            raise TypeError("A line of the trail is written once.")
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> Never:
        raise TypeError("A line of the trail is never deleted.")
