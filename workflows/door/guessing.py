"""Guessing is slowed: what may be tried so often in a quarter of an hour, whichever process is asked.

An attempt is counted before it is made, so that many at one instant are counted as well, and taken back when it
succeeds. By the machine's clock, not by the office's: a rehearsal that moves the office's time gives no new tries.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from ipaddress import IPv6Address, ip_address, ip_network
from unicodedata import normalize

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.crypto import salted_hmac

from .models import Tries

PAUSE = timedelta(minutes=15)
OF_A_PAIR = 5  # one name from one address
OF_A_NAME = 10  # one name, from wherever
OF_A_DEVICE = 5  # one name from a browser that has come in with it before
OF_A_PERSON = 5  # codes or old passwords of somebody whose name is known to be right


@dataclass(frozen=True)
class Count:
    """What is counted together, and how often it may be."""

    key: str
    most: int
    shared: bool = False  # with others, whose tries stay when one of them succeeds

    @classmethod
    def of(cls, most: int, *parts: object, shared: bool = False) -> Count:
        """`parts` say what: the first one which kind of count it is."""
        return cls(salted_hmac("door.tries", repr(parts), algorithm="sha256").hexdigest(), most, shared)


def same_name(typed: str) -> str:
    """The name that counts for what was typed: large letters or wide ones give no new tries."""
    return normalize("NFKC", typed).casefold().strip()


def at_the_door(name: str, address: str, device: str = "") -> list[Count]:
    """What an attempt to enter counts towards.

    A browser that has come in with this name before (`device`) is counted by itself: whoever guesses at a name
    from elsewhere does not shut its owner out.
    """
    name, place = same_name(name), network(address)
    if device:
        return [Count.of(OF_A_DEVICE, "device", device, name)]
    return [
        Count.of(OF_A_PAIR, "pair", place, name),
        Count.of(OF_A_NAME, "name", name),
        Count.of(settings.TRIES_OF_AN_ADDRESS, "address", place, shared=True),
    ]


def of_a_person(what: str, person: int) -> list[Count]:
    """What a code or an old password counts towards."""
    return [Count.of(OF_A_PERSON, what, person)]


def network(address: str) -> str:
    """The address, or the /64 that one customer is given of the newer kind."""
    try:
        found = ip_address(address)
    except ValueError:
        return address
    return str(ip_network((found, 64), strict=False)) if isinstance(found, IPv6Address) else str(found)


@transaction.atomic
def may_try(counts: Iterable[Count]) -> bool:
    """Count one more attempt, unless one of `counts` is full."""
    now = timezone.now()
    rows = []
    for count in sorted(counts, key=lambda count: count.key):  # in one order: nobody waits for somebody who waits
        row, _made = Tries.objects.select_for_update().get_or_create(key=count.key, defaults={"since": now, "count": 0})
        if row.since <= now - PAUSE:
            row.since, row.count = now, 0
        if row.count >= count.most:
            return False
        rows.append(row)
    for row in rows:
        row.count += 1
        row.save()
    Tries.objects.filter(since__lte=now - PAUSE).exclude(key__in=[row.key for row in rows]).delete()
    return True


@transaction.atomic
def succeeded(counts: Iterable[Count]) -> None:
    """The attempt counted last was right: what is the person's own is forgotten, of an address this one is taken back.

    Whoever has a name of their own does not get a new fifty for guessing at others'.
    """
    for count in sorted(counts, key=lambda count: count.key):
        row = Tries.objects.select_for_update().filter(key=count.key).first()
        if row is None:
            continue
        if count.shared and row.count > 1:
            row.count -= 1
            row.save()
        else:
            row.delete()
