"""The queue of files to print. Its rows are the queue; a broker only wakes the worker earlier.

Two kinds of row wait in it: the rendition of one document, and a print file of many. A worker
leases a row by pushing its `not_before` forward, prints (and signs a document) outside any
transaction, announces the file's hash, stores the file and only then says that it is ready. Killed
anywhere in between, the lease runs out and the next worker prints the same bytes again. Their
signature is not the same twice: whoever says it first is right, and what another tried to store is
taken out again.
"""

from __future__ import annotations

import hashlib
import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from celery import Celery, current_app
from django.conf import settings
from django.db import transaction
from django.db.models import F, Min, Q, QuerySet
from django.utils.translation import gettext_noop

from documents.models import Batch, IssuedDocument, Printing, Rendition
from documents.press.process import press
from documents.proof import sign
from documents.trouble import PressFailed, Trouble
from workflows.organisation import clock
from workflows.organisation.offices import Capacity
from workflows.trail.record import about, subject_of

from . import store
from .lines import lock, tell

logger = logging.getLogger(__name__)

LEASE = timedelta(minutes=6)  # longer than it may take to start a press, to print one document and to sign it
WAITS = [timedelta(seconds=10), timedelta(minutes=1), timedelta(minutes=5), timedelta(minutes=20)]  # after each try
TRIES = len(WAITS) + 1
LONGEST = 2 * max(*WAITS, LEASE)  # no row rests so long; twice, for two machines' clocks that differ a little

PATIENCE = 1.0  # seconds a person waits for a broker
QUIET = 60.0  # seconds in which none is asked again that did not answer
TOLD = "told"
quiet = {"until": 0.0}  # by the monotonic clock, of this process

STOPPED = gettext_noop("The worker was stopped each time it made this document.")
NOT_STORED = gettext_noop("The file could not be stored: %(error)s")


def wake_after_commit() -> None:
    """Tell the workers once, however many files this transaction leaves to be made."""
    asked = [entry[1] for entry in transaction.get_connection().run_on_commit]
    if wake not in asked:  # one of a savepoint that is rolled back is taken out with it
        transaction.on_commit(wake, robust=True)


def wake() -> None:
    """Tell the workers, if there is a broker to tell it through, that something waits. Never raises.

    Somebody waits for the answer meanwhile. So no longer than a second, whatever the broker, its host
    or the name server does; and once in vain, not again for a minute: the sweep finds it.
    """
    if not settings.BROKER_URL or time.monotonic() < quiet["until"]:
        return
    told: list[str] = []
    teller = threading.Thread(target=_tell, args=(current_app._get_current_object(), told), daemon=True)
    teller.start()
    teller.join(PATIENCE)
    if told != [TOLD]:
        quiet["until"] = time.monotonic() + QUIET
        why = told[0] if told else f"no answer within {PATIENCE} s"
        logger.warning("The broker could not be told (%s); the sweep will find it.", why)


def _tell(app: Celery, told: list[str]) -> None:
    try:
        app.send_task("documents.render_waiting", retry=False, ignore_result=True)
    except Exception as error:
        told.append(repr(error))
    else:
        told.append(TOLD)


def render_waiting(limit: int = 20) -> int:
    """Print what waits, oldest first, at most `limit` files; returns how many were finished.

    Documents come before print files: somebody waits for each of them, and the print files wait for them too.
    """
    store.tidy()
    done = tried = 0
    for waiting, make in _lines():
        # several workers read the same head of the line: whoever finds a row taken goes on to the next
        for row in waiting[: limit + 20]:
            if tried < limit and _lease(row):
                tried += 1
                done += make(row)
    return done


def _lines() -> list[tuple[QuerySet[Any], Callable[[Any], int]]]:
    """The two lines that wait, each with what makes one of its files."""
    due = Q(status=Printing.Status.QUEUED) & _due(clock.now())
    renditions = Rendition.objects.filter(due).select_related("document").order_by("not_before", "pk")
    return [(renditions, _make), (_complete(Batch.objects.filter(due)).order_by("not_before", "pk"), _make_batch)]


def _due(now: datetime) -> Q:
    """What may be made now. A row that is to rest for longer than any does was written by a clock that ran ahead."""
    return Q(not_before__lte=now) | Q(not_before__gt=now + LONGEST)


def _complete(batches: QuerySet[Batch]) -> QuerySet[Batch]:
    """Those whose documents all have their file: a print file holds no paper that cannot be handed out."""
    unmade = Rendition.objects.exclude(status=Rendition.Status.RENDERED).values("document")
    return batches.exclude(parts__document__in=unmade)


@dataclass(frozen=True)
class State:
    """How the queue stands, for whoever looks after it."""

    waiting: int  # for a worker
    working: int  # in a worker's hands, or resting between two tries
    failed: int
    oldest: datetime | None  # since when the row that has waited longest for a worker may be made

    @property
    def oldest_minutes(self) -> int:
        return int((clock.now() - self.oldest).total_seconds() // 60) if self.oldest else 0


def state() -> State:
    """Counts of both lines together. Six queries."""
    now = clock.now()
    queued = [Rendition.objects.filter(status=Printing.Status.QUEUED), _complete(Batch.objects.filter(status="queued"))]
    due = [rows.filter(_due(now)) for rows in queued]
    heads = [rows.order_by().aggregate(head=Min("not_before"))["head"] for rows in due]
    return State(
        waiting=sum(rows.count() for rows in due),
        working=sum(rows.exclude(_due(now)).count() for rows in queued),
        failed=failed_count(),
        oldest=min((min(head, now) for head in heads if head), default=None),
    )


def failed_count() -> int:
    """How many files could not be made and wait for a person."""
    return failed_papers().count() + Batch.objects.filter(status=Printing.Status.FAILED).count()


def failed_papers() -> QuerySet[Rendition]:
    """Documents whose file could not be made, and that were not issued again instead."""
    return Rendition.objects.filter(status=Printing.Status.FAILED, document__corrected_by=None)


@transaction.atomic
def try_again(row: Rendition | Batch, capacity: Capacity) -> bool:
    """Put a failed file back into the queue, and that on the trail; False if it had not failed, or was issued again."""
    if isinstance(row, Rendition):
        lock(row.document)  # its matter first, as whoever issues it again does
        Rendition.objects.select_for_update(no_key=True).get(pk=row.pk)  # nobody issues it again meanwhile
        if IssuedDocument.objects.filter(corrects=row.pk).exists():
            return False
    put_back = _still(row, Printing.Status.FAILED).update(
        status=Printing.Status.QUEUED, attempts=0, not_before=clock.now()
    )
    if put_back:
        if isinstance(row, Rendition):
            tell(row.document, capacity, "reissue")
        else:
            about(subject_of(row), by=capacity.person, post=capacity.post, action="reissue", changes={})
        wake_after_commit()
    return bool(put_back)


def _still(row: Printing, status: str = Printing.Status.QUEUED) -> QuerySet[Any]:
    """The row, provided that it still has that status: the condition of every update here."""
    return type(row)._default_manager.filter(pk=row.pk, status=status)


def _lease(row: Printing) -> bool:
    """Take the row for a while; False if another worker was faster. The try counts from here on."""
    if row.attempts >= TRIES:
        _still(row).update(status=Printing.Status.FAILED, last_error=row.last_error or STOPPED)
        return False
    taken = _still(row).filter(not_before=row.not_before)
    return bool(taken.update(not_before=clock.now() + LEASE, attempts=F("attempts") + 1))


def _make(rendition: Rendition) -> int:
    """Print, sign, store, say so. 1 when this worker finished the document, 0 when not."""
    document = rendition.document
    try:
        pdf, pages = press.print(document.kind, document.language, document.facts)
        signed = sign.sign(pdf, document.language, document.facts.get("group", ""))
        return _keep(
            rendition,
            signed.content,
            unsigned_digest=hashlib.sha256(pdf).hexdigest(),
            unsigned_size=len(pdf),
            signer=signed.signer,
            made_with=press.made_with,
            pages=pages,
        )
    except (Trouble, OSError) as error:
        return _not_made(rendition, error)


def _make_batch(batch: Batch) -> int:
    """The same for a print file. With every document laid out the lease begins anew."""
    papers = [part.document for part in batch.parts.select_related("document")]
    parts = [(paper.kind, paper.language, paper.facts) for paper in papers]

    def one_more(_count: int) -> None:
        _still(batch).update(not_before=clock.now() + LEASE)

    try:
        pdf, pages = press.print_together(batch.title, parts, one_more)
        return _keep(batch, pdf, pages=pages)
    except (Trouble, OSError) as error:
        return _not_made(batch, error)


def _keep(row: Printing, content: bytes, **outcome: Any) -> int:
    """Announce a file, store it, and say once for all that it is there: 1. 0 if another worker was faster."""
    digest = _announce(row, content)
    if not digest:
        return 0
    store.put(content)
    return _say_ready(row, digest, size=len(content), **outcome)


def _say_ready(row: Printing, digest: str, **outcome: Any) -> int:
    """The file is there: 1. If another worker announced one meanwhile, this one goes again: 0."""
    ours = _still(row).filter(digest=digest)
    made = ours.update(status=Printing.Status.RENDERED, rendered_at=clock.now(), last_error="", **outcome)
    if not made:
        _take_out(digest)
    return made


def _announce(row: Printing, content: bytes) -> str:
    """Say which file is about to be stored, and take out what an earlier try left; "" if others were faster.

    From here on nobody who announced another file before can say that it is ready.
    """
    digest = hashlib.sha256(content).hexdigest()
    if not _still(row).update(digest=digest):
        return ""
    _take_out(row.digest)
    return digest


def _take_out(digest: str) -> None:
    """Remove a stored file, unless a finished document or print file is it."""
    if digest and not any(
        made.objects.filter(digest=digest, status=Printing.Status.RENDERED).exists() for made in (Rendition, Batch)
    ):
        store.remove(digest)


def _not_made(row: Printing, error: Trouble | OSError) -> int:
    """Wait and try again, or give up, as the trouble is; always 0."""
    trouble = error if isinstance(error, Trouble) else PressFailed(NOT_STORED, error=error)  # the disk is full, say
    attempt = row.attempts + 1
    if attempt >= min(trouble.tries, TRIES):
        logger.error("%s %s could not be made: %s", row._meta.verbose_name, row.pk, trouble)
        _still(row).update(status=Printing.Status.FAILED, last_error=trouble.store())
    else:
        _still(row).update(not_before=clock.now() + WAITS[attempt - 1], last_error=trouble.store())
    return 0
