"""What an operator is told who starts the house with something missing."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core import checks

LOOKED_AT = 2000  # lines of a breach list: enough to see that it is none, or in no order


@checks.register(checks.Tags.security)
def check_breach_list(app_configs: Any, **options: Any) -> list[checks.CheckMessage]:
    """A list that cannot be read lets every password pass, or none."""
    if not settings.PASSWORD_BREACH_FILE:
        return []
    try:
        with Path(settings.PASSWORD_BREACH_FILE).open("rb") as file:
            lines = [file.readline()[:40].upper() for _n in range(LOOKED_AT)]
    except OSError as missing:
        return [checks.Error(f"PASSWORD_BREACH_FILE cannot be read: {missing}", id="door.E001")]
    found = [line for line in lines if line.strip()]
    if not all(len(line) == 40 and not line.strip(b"0123456789ABCDEF") for line in found):
        return [checks.Error("PASSWORD_BREACH_FILE holds no lines of SHA-1 in hexadecimal.", id="door.E002")]
    if any(before > after for before, after in pairwise(found)):
        return [checks.Error("PASSWORD_BREACH_FILE is not in order; sort it (LC_ALL=C sort).", id="door.E003")]
    return []


@checks.register(checks.Tags.security, deploy=True)
def check_second_factor(app_configs: Any, **options: Any) -> list[checks.CheckMessage]:
    if settings.SECOND_FACTOR_REQUIRED or settings.DEMONSTRATION:
        return []
    return [checks.Warning("SECOND_FACTOR_REQUIRED is off: a password alone signs and administers.", id="door.W001")]
