"""The first edition: the rules a group starts with, before an administrator writes better ones."""

from datetime import date, datetime

from django.db import transaction

from .models import TABLES, Edition


@transaction.atomic
def first_edition(in_force_from: date, published_at: datetime | None = None, title: str = "") -> Edition:
    """Write and publish edition 1: what the books of all installed workflows begin with."""
    edition = Edition.objects.create(number=1, title=title or "初始授权表", in_force_from=in_force_from)
    edition.complete()
    for table in TABLES:  # all of it is new; nothing stands out
        table._default_manager.filter(edition=edition).update(is_new=False)
    edition.publish(published_at)
    return edition
