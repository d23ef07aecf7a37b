"""Handing out: a document is written down for good, numbered, and queued for printing, in its caller's transaction."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.conf import settings
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import override

from documents.base import Document
from documents.models import IssuedDocument, Rendition, Seal, Series, new_code
from documents.proof.configured import is_demonstration
from documents.writing import checked, checked_seal
from workflows.matters.models import Matter
from workflows.organisation.models import Person

from .numbering import take_number
from .queue import wake_after_commit
from .sealing import impression


def hand_out(
    document: type[Document],
    facts: Mapping[str, Any],
    *,
    title: str,
    language: str,
    matter: Matter | None,
    by: Person,
    at: datetime,
    replaces: IssuedDocument | None = None,
    seal: Seal | None = None,
    corrects: IssuedDocument | None = None,
) -> IssuedDocument:
    """Write down a document for good, with its number if its kind carries one, and queue the printing.

    `facts` are complete but for what only now is known: title, number, check code and check address,
    the seal, and whether the key that will sign is the one for demonstrations, which the page has to
    say. What `corrects` a paper replaces it under its number. The caller is in a transaction and writes the trail, a line for the seal included.

    Raises Refused, before a number is taken, where the facts or the seal could never be printed.
    """
    facts = checked({**facts, "document_title": title})
    title = facts["document_title"]
    if seal:
        checked_seal(str(seal))
    row = IssuedDocument(
        matter_id=matter.pk if matter else None,
        kind=document.kind,
        title=title,
        language=language,
        code=new_code(),
        issued_by=by,
        issued_at=at,
        replaces=corrects or replaces,
        corrects=corrects,
        seal=seal,
    )
    if corrects:
        row.series, row.year, row.serial, row.number = corrects.series, corrects.year, corrects.serial, corrects.number
    elif document.series:
        row.series = Series.objects.get_or_create(code=document.series, defaults={"name": document.series})[0]
        row.year = timezone.localdate(at).year
        row.serial, row.number = take_number(row.series, row.year)
    row.facts = {
        **facts,
        "number": row.number,
        "code": row.code,
        "check_url": settings.SITE_URL.rstrip("/") + reverse("registry:check_code", args=[row.code]),
        "demonstration_key": is_demonstration(),
    }
    if document.sealed:
        with override(language):
            row.facts["seal"] = impression(seal)
    row.save(force_insert=True)
    Rendition.objects.create(document=row)
    wake_after_commit()
    return row
