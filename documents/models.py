"""What people are handed: issued documents, their numbers and seals, who received them, and the printing.

An `IssuedDocument` never changes: kind, facts, number and language are fixed in the transaction
that issues it, and the database refuses to update the row. That it was voided is a row of its own.
Everything that does change while a PDF is made (tries, errors, the file's hash) stands in its
`Rendition`; everything a receiving unit does with it in that unit's `Receipt`.
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
from workflows.organisation.legible import Legible
from workflows.organisation.models import Person, Post, Unit

from . import trouble

CODE_ALPHABET = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"  # no 0/O, 1/I: people read codes aloud


def new_code() -> str:
    """Twelve characters nobody guesses (60 bits), printed under the QR code."""
    return "".join(secrets.choice(CODE_ALPHABET) for _ in range(12))


def file_address(key: uuid.UUID | str) -> str:
    """Where the file of the document with this primary key is handed out."""
    return reverse("registry:document", args=[key])


class Series(Legible, models.Model):
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
    # none: a paper of the office itself, an extract of its register, say
    matter = models.ForeignKey(Matter, models.PROTECT, null=True, related_name="documents")
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
    # that which it says again in words that can be printed, under the same number; `replaces` is the same paper then
    corrects = models.OneToOneField("self", models.PROTECT, null=True, related_name="corrected_by")
    seal = models.ForeignKey("Seal", models.PROTECT, null=True, related_name="papers")
    issued_by = models.ForeignKey(Person, models.PROTECT, related_name="+")
    issued_at = models.DateTimeField(default=clock.now)

    class Meta:
        verbose_name, verbose_name_plural = _("issued document"), _("issued documents")
        ordering = ["issued_at", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["series", "year", "serial"],
                condition=models.Q(corrects=None),
                name="one_document_per_number",
            ),
        ]
        indexes = [models.Index(fields=["number"])]

    def __str__(self) -> str:
        return f"{self.number} {self.title}".strip()

    def get_absolute_url(self) -> str:
        return file_address(self.pk)

    @property
    def particulars(self) -> str:
        """The address of the page that says what became of it."""
        return reverse("registry:paper", args=[self.pk])

    @property
    def successor(self) -> IssuedDocument | None:
        """What was issued in its place, if anything. No query where `replaced_by` is prefetched."""
        return max(self.replaced_by.all(), key=lambda paper: paper.issued_at, default=None)

    @property
    def dated(self) -> str:
        """The day it bears, `YYYY-MM-DD`; of one that was issued again, the day on which it was signed."""
        return str(self.facts["issued_on"])

    @property
    def voided(self) -> Voiding | None:
        """That it counts no more, if so. No query where `voiding` is selected with it."""
        return getattr(self, "voiding", None)


class Seal(Legible, models.Model):
    """A unit's seal, drawn from its words (see press/seals.py). The clerk keeps it; papers say which one they bear."""

    unit = models.ForeignKey(Unit, models.PROTECT, related_name="seals", verbose_name=_("unit"))
    name = models.CharField(_("words round the ring"), max_length=24)
    below = models.CharField(_("words beneath the star"), max_length=12, blank=True)
    in_force_from = models.DateField(_("in force from"), default=clock.today)
    withdrawn_at = models.DateTimeField(_("withdrawn at"), null=True, editable=False)

    class Meta:
        verbose_name, verbose_name_plural = _("seal"), _("seals")
        ordering = ["unit__code", "-in_force_from", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["unit"], condition=models.Q(withdrawn_at=None), name="one_standing_seal_per_unit"
            )
        ]

    def __str__(self) -> str:
        return f"{self.name}{self.below}"


class Voiding(models.Model):
    """That an issued document counts no more. Its number stays used, with who, when, why and the notice of it."""

    document = models.OneToOneField(IssuedDocument, models.PROTECT, related_name="voiding", primary_key=True)
    notice = models.OneToOneField(IssuedDocument, models.PROTECT, null=True, related_name="gives_notice_of")
    reason = models.TextField(_("reason"))
    by = models.ForeignKey(Person, models.PROTECT, related_name="+")
    post = models.ForeignKey(Post, models.PROTECT, null=True, related_name="+")
    on_behalf_of = models.ForeignKey(Person, models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField(default=clock.now)

    class Meta:
        verbose_name, verbose_name_plural = _("voided document"), _("voided documents")

    def __str__(self) -> str:
        return str(self.document)


class DistributionList(Legible, models.Model):
    """Units that often receive the same papers: "all stores of the east"."""

    name = models.CharField(_("name"), max_length=60, unique=True)
    units = models.ManyToManyField(Unit, related_name="+", verbose_name=_("units"))

    class Meta:
        verbose_name, verbose_name_plural = _("distribution list"), _("distribution lists")
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class Receipt(models.Model):
    """What one unit has done with a paper it was sent: received it, read it, acknowledged it. Read is not agreed."""

    class Purpose(models.TextChoices):
        TO = "to", _("to act on")
        COPY = "copy", _("to take note of")

    document = models.ForeignKey(IssuedDocument, models.PROTECT, related_name="receipts")
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="+")
    purpose = models.CharField(_("purpose"), max_length=8, choices=Purpose, default=Purpose.TO)
    sent_at = models.DateTimeField(default=clock.now)
    due_on = models.DateField()  # the last day on which acknowledging is in time
    # the fingerprint of the calendar it was counted by; NULL: a person named the day, and it stays
    calendar = models.CharField(max_length=16, null=True, blank=True)
    received_at = models.DateTimeField(null=True)
    received_by = models.ForeignKey(Person, models.PROTECT, null=True, related_name="+")
    read_at = models.DateTimeField(null=True)
    read_by = models.ForeignKey(Person, models.PROTECT, null=True, related_name="+")
    acknowledged_at = models.DateTimeField(null=True)
    acknowledged_by = models.ForeignKey(Person, models.PROTECT, null=True, related_name="+")
    urged_at = models.DateTimeField(null=True)  # the last time; urging is throttled
    urged = models.PositiveSmallIntegerField(default=0)
    overdue_at = models.DateTimeField(null=True)  # when the clock remarked it

    class Meta:
        verbose_name, verbose_name_plural = _("receipt"), _("receipts")
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["document", "unit"], name="one_receipt_per_unit")]
        indexes = [
            models.Index(fields=["unit"], name="receipts_to_acknowledge", condition=models.Q(acknowledged_at=None)),
            models.Index(fields=["calendar"], name="receipts_by_calendar", condition=models.Q(acknowledged_at=None)),
        ]

    def __str__(self) -> str:
        return f"{self.document} → {self.unit}"


class Printing(models.Model):
    """A piece of work for the press, and afterwards the record of the file. The rows are the queue."""

    class Status(models.TextChoices):
        QUEUED = "queued", _("being prepared")
        RENDERED = "rendered", _("ready")
        FAILED = "failed", _("failed")

    status = models.CharField(max_length=8, choices=Status, default=Status.QUEUED)
    attempts = models.PositiveSmallIntegerField(default=0)
    not_before = models.DateTimeField(default=clock.now)  # the next try; also the lease while one runs
    last_error = models.TextField(blank=True)
    # SHA-256 of the PDF; its name in the store. Before it is ready: of the file last tried
    digest = models.CharField(max_length=64, blank=True)
    size = models.PositiveIntegerField(default=0)  # bytes
    pages = models.PositiveSmallIntegerField(default=0)
    rendered_at = models.DateTimeField(null=True)

    class Meta:
        abstract = True

    @property
    def reason(self) -> str:
        """Why it was not made, in the active language."""
        return trouble.read(self.last_error)


class Rendition(Printing):
    """The making of one document's PDF. The unsigned file is the first `unsigned_size` bytes of the signed one."""

    document = models.OneToOneField(IssuedDocument, models.PROTECT, related_name="rendition", primary_key=True)
    unsigned_digest = models.CharField(max_length=64, blank=True)
    unsigned_size = models.PositiveIntegerField(default=0)
    signer = models.CharField(max_length=64, blank=True)  # SHA-256 of the certificate; empty: not signed
    made_with = models.CharField(max_length=200, blank=True)  # the font set and the versions that gave these bytes

    class Meta:
        verbose_name, verbose_name_plural = _("rendition"), _("renditions")
        indexes = [
            models.Index(fields=["not_before"], name="renditions_to_make", condition=models.Q(status="queued")),
            models.Index(fields=["digest"], name="renditions_by_digest"),  # the check page asks by file
        ]

    def __str__(self) -> str:
        return f"{self.document} · {self.get_status_display()}"


class Batch(Printing):
    """Documents put together to be printed in one go: their pages, one after the other, in one file."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    title = models.CharField(_("title"), max_length=120)
    documents = models.ManyToManyField(IssuedDocument, through="BatchPart", related_name="+")
    made_by = models.ForeignKey(Person, models.PROTECT, related_name="+")
    made_at = models.DateTimeField(default=clock.now)

    class Meta:
        verbose_name, verbose_name_plural = _("print file"), _("print files")
        ordering = ["-made_at"]
        indexes = [models.Index(fields=["not_before"], name="batches_to_make", condition=models.Q(status="queued"))]

    def __str__(self) -> str:
        return self.title


class BatchPart(models.Model):
    """One document's place in a batch."""

    batch = models.ForeignKey(Batch, models.CASCADE, related_name="parts")
    document = models.ForeignKey(IssuedDocument, models.PROTECT, related_name="+")
    place = models.PositiveSmallIntegerField()

    class Meta:
        ordering = ["place"]
        constraints = [models.UniqueConstraint(fields=["batch", "place"], name="one_document_per_place")]

    def __str__(self) -> str:
        return f"{self.batch} #{self.place}"
