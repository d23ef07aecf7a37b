"""The other party's link to one paper, the codes that confirm an answer, and the letters that carry both: as rows.

Neither link nor code stands in the database. Each is derived from a random seed of its row and the
installation's key, at the moment its letter is sent; to recognise it again a digest suffices.
"""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime, timedelta
from typing import ClassVar

from django.db import models
from django.utils.crypto import constant_time_compare, salted_hmac
from django.utils.translation import gettext_lazy as _

from documents.models import IssuedDocument
from workflows.matters.models import Matter
from workflows.organisation import clock
from workflows.organisation.models import Person

GOOD_FOR = timedelta(minutes=10)  # a code
TRIES = 5  # of one code


def new_seed() -> str:
    return secrets.token_hex(32)


def digest_of(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


class Link(models.Model):
    """By which somebody without an account opens one paper, until an instant; for one turn of the matter, so that any answer ends it."""

    matter = models.ForeignKey(Matter, models.PROTECT, related_name="links")
    document = models.ForeignKey(IssuedDocument, models.PROTECT, related_name="+")
    turn = models.PositiveIntegerField()
    seed = models.CharField(max_length=64, default=new_seed, editable=False)
    digest = models.CharField(max_length=64, unique=True, editable=False)  # of the token
    to = models.EmailField()
    made_by = models.ForeignKey(Person, models.PROTECT, related_name="+")
    made_at = models.DateTimeField(default=clock.now)
    expires_at = models.DateTimeField()
    opened_at = models.DateTimeField(null=True)  # for the first time
    withdrawn_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-pk"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["matter"], condition=models.Q(withdrawn_at=None), name="one_link_that_holds_per_matter"
            )
        ]

    def __str__(self) -> str:
        return f"{self.matter_id} → {self.masked}"

    def save(self, *args: object, **kwargs: object) -> None:
        self.digest = self.digest or digest_of(self.token)
        super().save(*args, **kwargs)  # type: ignore[arg-type]

    @property
    def token(self) -> str:
        """What stands in the address: 256 bits that nobody guesses."""
        return salted_hmac("outside.link", self.seed, algorithm="sha256").hexdigest()

    @property
    def masked(self) -> str:
        """To whom, as it may be shown: j…@example.com."""
        name, _at, place = self.to.partition("@")
        return f"{name[:1]}…@{place}"


class Code(models.Model):
    """What confirms one answer: exactly the one that was typed when it was asked for."""

    link = models.ForeignKey(Link, models.PROTECT, related_name="codes")
    seed = models.CharField(max_length=64, default=new_seed, editable=False)
    answer = models.JSONField()  # {"move", "by", "words"} and what the workflow adds
    expires_at = models.DateTimeField()
    tries = models.PositiveSmallIntegerField(default=0)
    used_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-pk"]

    def __str__(self) -> str:
        return f"{self.link} {self.expires_at:%H:%M}"

    @property
    def digits(self) -> str:
        number = int(salted_hmac("outside.code", self.seed, algorithm="sha256").hexdigest(), 16)
        return f"{number % 1_000_000:06}"

    def is_good(self, now: datetime) -> bool:
        return self.used_at is None and now < self.expires_at and self.tries < TRIES

    def fits(self, typed: str) -> bool:
        return constant_time_compare(self.digits, typed)


class Letter(models.Model):
    """The outbox: what is to be sent by mail, until it is sent. Its words are written when it goes."""

    class Status(models.TextChoices):
        QUEUED = "queued", _("on its way")
        SENT = "sent", _("sent")
        FAILED = "failed", _("could not be sent")

    link = models.ForeignKey(Link, models.PROTECT, related_name="letters")
    code = models.OneToOneField(Code, models.PROTECT, null=True, related_name="letter")  # none: it carries the link
    status = models.CharField(max_length=8, choices=Status, default=Status.QUEUED)
    attempts = models.PositiveSmallIntegerField(default=0)
    not_before = models.DateTimeField(default=clock.now)
    sent_at = models.DateTimeField(null=True)
    last_error = models.CharField(max_length=300, blank=True)

    class Meta:
        ordering = ["pk"]
        indexes: ClassVar = [
            models.Index(fields=["not_before"], condition=models.Q(status="queued"), name="letters_on_their_way")
        ]

    def __str__(self) -> str:
        return f"{self.link} {self.status}"
