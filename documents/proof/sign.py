"""The organisation's signature under every paper (PAdES B-B), appended to what the press made.

The worker signs, after the press has returned: no key is ever in the process that lays out a page.
The libraries that sign are loaded with the key (see keys.py), when the first paper of a worker needs
it: that is why what is of that module is imported where it is used, and a web process never does.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from threading import Lock
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.core.checks import CheckMessage, Error
from django.core.checks import Warning as Caution
from django.utils.translation import gettext as _
from django.utils.translation import override

from documents.trouble import SigningFailed

from .configured import NAMES, described, is_demonstration

if TYPE_CHECKING:
    from .keys import Key


@dataclass(frozen=True)
class Signed:
    """A signed file; the bytes that were to be signed are the first of it. `signer`: SHA-256 of the certificate."""

    content: bytes
    signer: str


def sign(pdf: bytes, language: str, group: str = "") -> Signed:
    """`pdf` with the organisation's signature appended; what the signature says of itself, in `language`.

    `group`: the organisation's name as the paper has it, if not as the settings do.
    What is handed back has been read again: it covers the whole file. Raises SigningFailed.
    """
    from .keys import append_signature

    with _office.lock, override(language):
        reason = _("Issued by %(group)s")
        if is_demonstration():
            reason = _("Issued by %(group)s; signed with a demonstration key, which proves nothing")
        key = _office.key()
        try:
            content = append_signature(pdf, key, reason % {"group": group or settings.GROUP_NAME})
        except SigningFailed:
            _office.forget()  # a token that was pulled out is looked for again at the next try
            raise
    return Signed(content, key.fingerprint)


class _Office:
    """The opened key, once a process. A forked worker opens it anew: a token's session is its parent's."""

    def __init__(self) -> None:
        self._described: Any = None
        self._begin()
        os.register_at_fork(after_in_child=self._begin)

    def _begin(self) -> None:
        self.lock = Lock()  # a token signs one thing at a time
        self._key: Key | None = None
        self._refused: SigningFailed | None = None

    def key(self) -> Key:
        from .keys import WrongPin, open_key

        if self._described != described():
            self._key, self._refused, self._described = None, None, described()
        if self._refused:
            raise SigningFailed(self._refused.sentence, **self._refused.values)
        if self._key is None:
            try:
                self._key = open_key()
            except WrongPin as error:
                # Asked again and again with a wrong PIN, a token locks itself.
                self._refused = error
                raise SigningFailed(error.sentence, **error.values) from error
        return self._key

    def forget(self) -> None:
        self._key = None


_office = _Office()


def check_settings(**_options: Any) -> list[CheckMessage]:
    """What is wrong with the signing settings. An Error where they contradict each other.

    A key that cannot be opened is a Warning: a machine that only serves pages needs none, and a
    worker has more to do than printing. A token is not asked for, so that a wrong PIN is not used up.
    """
    token = [name for name in NAMES if name.startswith("SIGNING_PKCS11") and getattr(settings, name)]
    if settings.SIGNING_KEY and token:
        return [_error("E001", f"SIGNING_KEY and {token[0]} are both set.", "Keep the file or the token, not both.")]
    if token or settings.SIGNING_CERTIFICATE:
        needed = ("SIGNING_PKCS11_MODULE", "SIGNING_PKCS11_TOKEN", "SIGNING_PKCS11_KEY")
        missing = [name for name in needed if not getattr(settings, name)]
        if missing:
            return [_error("E002", f"A token is named, but not {', '.join(missing)}.", "Set them, or none of them.")]
    if settings.SIGNING_PASSPHRASE and not settings.SIGNING_KEY:
        return [_error("E003", "SIGNING_PASSPHRASE is set, but no SIGNING_KEY.", "Name the PKCS#12 file it opens.")]
    if is_demonstration():
        return []
    from .keys import fault

    said = fault()
    hint = "Documents wait until the worker can open the key."
    return [Caution(said, hint=hint, id="documents.W001")] if said else []


def _error(number: str, words: str, hint: str) -> Error:
    return Error(words, hint=hint, id=f"documents.{number}")
