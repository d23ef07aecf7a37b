"""Who entered, who did not, and what was refused to whom: one line each, which nobody writes but the house.

A line is JSON in ASCII: whatever a name or an address contains, it ends no line and begins none. A name that
nobody has is not written down, because people type passwords there; its mark tells whether it is the same again.
"""

from __future__ import annotations

import json
import logging
from typing import Any

from django.http import HttpRequest
from django.utils.crypto import salted_hmac

from workflows.desk.request import address_of
from workflows.organisation.models import Person

from .guessing import same_name

log = logging.getLogger("door")


def said(event: str, request: HttpRequest | None, *, grave: bool = False, **facts: Any) -> None:
    """Write one line; `grave` is what somebody should look at if there are many."""
    line = {"event": event, "address": address_of(request) if request else "", **facts}
    log.log(logging.WARNING if grave else logging.INFO, json.dumps(line))


def known_as(typed: str) -> dict[str, Any]:
    """What may be written of a name that was typed: whose it is, or a mark."""
    person = Person.objects.filter(username=typed).values_list("pk", flat=True).first()
    if person is not None:
        return {"person": person, "name": typed}
    return {"unknown": salted_hmac("door.log", same_name(typed), algorithm="sha256").hexdigest()[:12]}
