"""The queue of documents to print. Its rows are the queue; a broker only wakes the worker earlier.

A worker leases a row by pushing its `not_before` forward, prints outside any transaction, stores
the file and only then says so. Killed anywhere in between, the lease runs out and the next worker
makes the same bytes again.
"""

from __future__ import annotations

import logging
from datetime import timedelta

from celery import current_app
from django.conf import settings
from django.db import transaction
from django.db.models import F, QuerySet
from django.utils.translation import gettext_noop

from workflows.organisation import clock
from workflows.organisation.offices import Capacity

from . import store
from .lines import tell
from .models import Rendition
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
    """Print, store, say so. 1 when this worker finished the document, 0 when not."""
    document, attempt = rendition.document, rendition.attempts + 1
    try:
        pdf, pages = press.print(document.kind, document.language, document.facts)
        digest = store.put(pdf)
    except Unprintable as error:
        _give_up(rendition, str(error))
    except (PressFailed, OSError) as error:  # OSError: the disk is full, say
        if attempt >= TRIES:
            _give_up(rendition, str(error))
        else:
            _still(rendition).update(not_before=clock.now() + WAITS[attempt - 1], last_error=str(error))
    else:
        return _still(rendition).update(
            status=Rendition.Status.RENDERED,
            digest=digest,
            size=len(pdf),
            pages=pages,
            rendered_at=clock.now(),
            last_error="",
        )
    return 0


def _give_up(rendition: Rendition, reason: str) -> None:
    logger.error("Document %s could not be printed: %s", rendition.pk, reason)
    _still(rendition).update(status=Rendition.Status.FAILED, last_error=reason)
