"""What people are handed: issued documents, their numbers, and the work of rendering them.

An `IssuedDocument` never changes: kind, facts, number and language are fixed in the transaction
that issues it, and the database refuses to update the row. Everything that does change while a
PDF is made (tries, errors, the file's hash) stands in its `Rendition`.
"""

from __future__ import annotations

import secrets
import uuid

from django.conf import settings
from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from workflows.matters.models import Matter
from workflows.organisation import clock
from workflows.organisation.models import Person

CODE_ALPHABET = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"  # no 0/O, 1/I: people read codes aloud


def new_code() -> str:
    """Twelve characters nobody guesses (60 bits), printed under the QR code."""
    return "".join(secrets.choice(CODE_ALPHABET) for _ in range(12))


class Series(models.Model):
    """A series of numbers, e.g. 集发: `集发〔2026〕7号`."""

    code = models.CharField(_("series"), max_length=12, unique=True)
    name = models.CharField(_("name"), max_length=60)

    class Meta:
        verbose_name, verbose_name_plural = _("series"), _("series")

    def __str__(self) -> str:
        return self.code


class Counter(models.Model):
    """The last serial given out, per series and year. The row is locked, never a sequence: no gaps."""

    series = models.ForeignKey(Series, models.PROTECT, related_name="counters")
    year = models.PositiveSmallIntegerField()
    last = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["series", "year"], name="one_counter_per_series_and_year")]


class IssuedDocument(models.Model):
    """A document as it was issued. A correction is a new document that `replaces` this one."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    matter = models.ForeignKey(Matter, models.PROTECT, related_name="documents")
    kind = models.CharField(max_length=40)
    title = models.CharField(_("title"), max_length=200)
    language = models.CharField(max_length=10, choices=settings.LANGUAGES)
    facts = models.JSONField()
    code = models.CharField(_("check code"), max_length=12, unique=True, default=new_code)
    series = models.ForeignKey(Series, models.PROTECT, null=True, related_name="documents")
    year = models.PositiveSmallIntegerField(null=True)
    serial = models.PositiveIntegerField(null=True)
    number = models.CharField(_("number"), max_length=40, blank=True)
    replaces = models.ForeignKey("self", models.PROTECT, null=True, related_name="replaced_by")
    issued_by = models.ForeignKey(Person, models.PROTECT, related_name="+")
    issued_at = models.DateTimeField(default=clock.now)

    class Meta:
        verbose_name, verbose_name_plural = _("issued document"), _("issued documents")
        ordering = ["issued_at", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["series", "year", "serial"], name="one_document_per_number"),
        ]
        indexes = [models.Index(fields=["number"])]

    def __str__(self) -> str:
        return f"{self.number} {self.title}".strip()

    def get_absolute_url(self) -> str:
        return reverse("desk:document", args=[self.pk])


class Rendition(models.Model):
    """The making of one document's PDF: the queue, and afterwards the record of the file."""

    class Status(models.TextChoices):
        QUEUED = "queued", _("being prepared")
        RENDERED = "rendered", _("ready")
        FAILED = "failed", _("failed")

    document = models.OneToOneField(IssuedDocument, models.PROTECT, related_name="rendition", primary_key=True)
    status = models.CharField(max_length=8, choices=Status, default=Status.QUEUED)
    attempts = models.PositiveSmallIntegerField(default=0)
    not_before = models.DateTimeField(default=clock.now)  # the next try; also the lease while one runs
    last_error = models.TextField(blank=True)
    digest = models.CharField(max_length=64, blank=True)  # SHA-256 of the PDF; its name in the store
    size = models.PositiveIntegerField(default=0)
    pages = models.PositiveSmallIntegerField(default=0)
    rendered_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name, verbose_name_plural = _("rendition"), _("renditions")
        indexes = [models.Index(fields=["not_before"], name="renditions_to_make", condition=models.Q(status="queued"))]

    def __str__(self) -> str:
        return f"{self.document} · {self.get_status_display()}"
