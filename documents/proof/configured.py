"""Which key signs, as the settings say: one in a file, one in a token, or one this installation makes for itself."""

from __future__ import annotations

from typing import Any

from django.conf import settings

NAMES = (
    "SIGNING_KEY",
    "SIGNING_PASSPHRASE",
    "SIGNING_PKCS11_MODULE",
    "SIGNING_PKCS11_TOKEN",
    "SIGNING_PKCS11_PIN",
    "SIGNING_PKCS11_KEY",
    "SIGNING_CERTIFICATE",
    "SIGNING_ROOT",
)


def described() -> tuple[Any, ...]:
    """All the settings say of the key: another key where any of it is different."""
    return tuple(getattr(settings, name) for name in NAMES)


def is_demonstration() -> bool:
    """Whether papers are signed with a key this installation made for itself: no setting names another."""
    return not (settings.SIGNING_KEY or settings.SIGNING_PKCS11_MODULE)
