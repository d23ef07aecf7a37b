"""The queue of documents to print. Its rows are the queue; a broker only wakes the worker earlier.

A worker leases a row by pushing its `not_before` forward, prints and signs outside any transaction,
announces the file's hash, stores the file and only then says that it is ready. Killed anywhere in
between, the lease runs out and the next worker prints the same bytes again. Their signature is not
the same twice: whoever says it first is right, and what another tried to store is taken out again.
"""

from __future__ import annotations

import hashlib
import logging
from datetime import timedelta

from celery import current_app
from django.conf import settings
from django.db import transaction
from django.db.models import F, QuerySet
from django.utils.translation import gettext_noop

from workflows.organisation import clock
from workflows.organisation.offices import Capacity

from . import sign, store
from .lines import tell
from .models import Batch, Printing, Rendition
from .press import PressFailed, Unprintable, press

logger = logging.getLogger(__name__)

LEASE = timedelta(minutes=3)  # longer than the press may take
WAITS = [timedelta(seconds=10), timedelta(minutes=1), timedelta(minutes=5), timedelta(minutes=20)]  # after each try
TRIES = len(WAITS) + 1

STOPPED = gettext_noop("The worker was stopped each time it made this document.")


def wake() -> None:
    """Tell the workers, if there is a broker to tell it through, that something waits. Never raises."""
    if not settings.BROKER_URL:
        return
    try:
        current_app.send_task("documents.render_waiting", retry=False, ignore_result=True)
    except Exception:
        logger.warning("The broker could not be told; the sweep will find it.", exc_info=True)


def render_waiting(limit: int = 20) -> int:
    """Print what waits, oldest first, at most `limit` documents; returns how many were finished."""
    store.tidy()
    waiting = Rendition.objects.filter(status=Rendition.Status.QUEUED, not_before__lte=clock.now())
    done = 0
    for rendition in waiting.select_related("document").order_by("not_before", "pk")[:limit]:
        if _lease(rendition):
            done += _make(rendition)
    return done


def failed_count() -> int:
    """How many documents could not be printed and wait for a person."""
    return Rendition.objects.filter(status=Rendition.Status.FAILED).count()


@transaction.atomic
def try_again(rendition: Rendition, capacity: Capacity) -> bool:
    """Put a failed document back into the queue, and that on the trail; False if it had not failed."""
    put_back = _still(rendition, Rendition.Status.FAILED).update(
        status=Rendition.Status.QUEUED, attempts=0, not_before=clock.now()
    )
    if put_back:
        tell(rendition.document, capacity, "reissue")
        transaction.on_commit(wake, robust=True)
    return bool(put_back)


def _still(rendition: Rendition, status: str = Rendition.Status.QUEUED) -> QuerySet[Rendition]:
    """The row, provided that it still has that status: the condition of every update here."""
    return Rendition.objects.filter(pk=rendition.pk, status=status)


def _lease(rendition: Rendition) -> bool:
    """Take the row for a while; False if another worker was faster. The try counts from here on."""
    if rendition.attempts >= TRIES:
        _still(rendition).update(status=Rendition.Status.FAILED, last_error=rendition.last_error or STOPPED)
        return False
    taken = _still(rendition).filter(not_before=rendition.not_before)
    return bool(taken.update(not_before=clock.now() + LEASE, attempts=F("attempts") + 1))


def _make(rendition: Rendition) -> int:
    """Print, sign, store, say so. 1 when this worker finished the document, 0 when not."""
    document, attempt = rendition.document, rendition.attempts + 1
    try:
        pdf, pages = press.print(document.kind, document.language, document.facts)
        signed = sign.sign(pdf, document.language)
        digest = _announce(rendition, signed.content)
        if digest:
            store.put(signed.content)
            return _say_ready(rendition, digest, signed, pdf, pages)
    except Unprintable as error:
        _give_up(rendition, str(error))
    except (PressFailed, sign.SigningFailed, OSError) as error:  # OSError: the disk is full, say
        if attempt >= TRIES:
            _give_up(rendition, str(error))
        else:
            _still(rendition).update(not_before=clock.now() + WAITS[attempt - 1], last_error=str(error))
    return 0


def _announce(rendition: Rendition, content: bytes) -> str:
    """Say which file is about to be stored, and take out what an earlier try left; "" if others were faster.

    From here on nobody who announced another file before can say that the document is ready.
    """
    digest = hashlib.sha256(content).hexdigest()
    if not _still(rendition).update(digest=digest):
        return ""
    _take_out(rendition.digest)
    return digest


def _say_ready(rendition: Rendition, digest: str, signed: sign.Signed, unsigned: bytes, pages: int) -> int:
    """The document has its file, once for all: 1. If another worker was faster, this file goes again: 0."""
    announced = _still(rendition).filter(digest=digest)
    made = announced.update(
        status=Rendition.Status.RENDERED,
        size=len(signed.content),
        unsigned_digest=hashlib.sha256(unsigned).hexdigest(),
        unsigned_size=len(unsigned),
        signer=signed.signer,
        pages=pages,
        rendered_at=clock.now(),
        last_error="",
    )
    if not made:
        _take_out(digest)
    return made


def _take_out(digest: str) -> None:
    """Remove a stored file, unless a finished document or print file is it."""
    if digest and not any(
        made.objects.filter(digest=digest, status=Printing.Status.RENDERED).exists() for made in (Rendition, Batch)
    ):
        store.remove(digest)


def _give_up(rendition: Rendition, reason: str) -> None:
    logger.error("Document %s could not be printed: %s", rendition.pk, reason)
    _still(rendition).update(status=Rendition.Status.FAILED, last_error=reason)
