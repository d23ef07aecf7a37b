"""Opening the key that signs, and signing with it: a PKCS#12 file, a token, or a key made here.

Loaded by the worker only (see sign.py).
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import io
import os
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from tempfile import mkstemp
from typing import Any, TypeVar

import pkcs11
from asn1crypto import pem
from asn1crypto import x509 as asn1
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import NoEncryption, pkcs12
from cryptography.x509.oid import NameOID
from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext_noop
from pyhanko.config.pkcs11 import TokenCriteria
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign import PdfSignatureMetadata, PdfSigner, SimpleSigner
from pyhanko.sign.fields import SigFieldSpec, SigSeedSubFilter
from pyhanko.sign.pkcs11 import PKCS11Signer, open_pkcs11_session
from pyhanko.sign.signers.pdf_cms import Signer

from documents.trouble import SigningFailed

from .configured import is_demonstration
from .verify import signature_of

CANNOT_READ = gettext_noop("The signing key %(path)s cannot be read: %(error)s.")
CANNOT_OPEN = gettext_noop(
    "The signing key %(path)s cannot be opened: its passphrase is wrong, or it holds no key with its certificate."
)
PIN_REFUSED = gettext_noop(
    "The token “%(token)s” refused the PIN (%(error)s). It is not tried again before the worker is restarted."
)
NOT_IN_TOKEN = gettext_noop("The key “%(label)s” in the token “%(token)s” cannot be opened: %(error)s")
NO_CERTIFICATE = gettext_noop("The certificate %(path)s cannot be read.")
NOT_MADE = gettext_noop("No key could be made in %(folder)s: %(error)s.")
NOT_SIGNED = gettext_noop("The paper could not be signed: %(error)s")
NO_PAIR = gettext_noop("The signature does not verify: key and certificate do not belong together.")

Result = TypeVar("Result")

FIELD = "Office"
DEMONSTRATION_FILE = "demonstration.p12"
DEMONSTRATION_LASTS = timedelta(days=20 * 365)
SOON = timedelta(days=30)


class WrongPin(SigningFailed):
    """The token refused the PIN; every further try brings it nearer to locking itself."""


@dataclass(frozen=True)
class Key:
    """A key that is open, with its certificate."""

    signer: Signer
    certificate: asn1.Certificate

    @property
    def fingerprint(self) -> str:
        """SHA-256 of the certificate, as renditions keep it."""
        return hashlib.sha256(self.certificate.dump()).hexdigest()


def open_key() -> Key:
    """The key the settings name; without one, the demonstration key. Raises SigningFailed, WrongPin."""
    if settings.SIGNING_PKCS11_MODULE:
        signer: Signer = _in_token()
    else:
        path = _demonstration_file() if is_demonstration() else Path(settings.SIGNING_KEY)
        signer = _in_file(path, "" if is_demonstration() else settings.SIGNING_PASSPHRASE)
    certificate = signer.signing_cert
    assert certificate
    if not certificate.not_valid_before <= timezone.now() <= certificate.not_valid_after:
        raise SigningFailed(
            gettext_noop("The certificate of the signing key is valid from %(first)s to %(last)s."),
            first=certificate.not_valid_before.date(),
            last=certificate.not_valid_after.date(),
        )
    return Key(signer, certificate)


def fault() -> str:
    """Why the key of the settings could not be opened, or "". Of a token only its module is looked at."""
    if settings.SIGNING_PKCS11_MODULE:
        missing = [
            p for p in (settings.SIGNING_PKCS11_MODULE, settings.SIGNING_CERTIFICATE) if p and not Path(p).is_file()
        ]
        return f"There is no file {missing[0]}." if missing else ""
    try:
        ends = open_key().certificate.not_valid_after
    except SigningFailed as error:
        return str(error)
    return f"The certificate of the signing key runs out on {ends:%Y-%m-%d}." if ends < timezone.now() + SOON else ""


# --- where keys come from ------------------------------------------------------------------------------


def _in_file(path: Path, passphrase: str) -> SimpleSigner:
    try:
        return SimpleSigner.load_pkcs12_data(path.read_bytes(), [], passphrase.encode() or None)
    except OSError as error:
        raise SigningFailed(CANNOT_READ, path=path, error=error.strerror) from error
    except (ValueError, TypeError, AttributeError) as error:
        raise SigningFailed(CANNOT_OPEN, path=path) from error


def _in_token() -> PKCS11Signer:
    module, token, label = settings.SIGNING_PKCS11_MODULE, settings.SIGNING_PKCS11_TOKEN, settings.SIGNING_PKCS11_KEY
    try:
        # Also in a process forked from one that had the module open: what it inherited is of no use to it.
        pkcs11.lib(module).reinitialize()
        session = open_pkcs11_session(
            module, token_criteria=TokenCriteria(label=token), user_pin=settings.SIGNING_PKCS11_PIN or None
        )
        signer = PKCS11Signer(
            session,
            key_label=label,
            cert_label=None if settings.SIGNING_CERTIFICATE else label,
            signing_cert=_certificate_file(),
            use_raw_mechanism=True,  # the digest is computed here; every token signs one
        )
        _ = signer.signing_cert  # fetches certificate and key, or says that they are not there
    except (pkcs11.PinIncorrect, pkcs11.PinInvalid, pkcs11.PinLenRange, pkcs11.PinLocked) as error:
        raise WrongPin(PIN_REFUSED, token=token, error=type(error).__name__) from error
    except (pkcs11.PKCS11Error, OSError, RuntimeError) as error:
        why = str(error) or type(error).__name__
        raise SigningFailed(NOT_IN_TOKEN, label=label, token=token, error=why) from error
    return signer


def _certificate_file() -> asn1.Certificate | None:
    if not settings.SIGNING_CERTIFICATE:
        return None
    try:
        content = Path(settings.SIGNING_CERTIFICATE).read_bytes()
        return asn1.Certificate.load(pem.unarmor(content)[2] if pem.detect(content) else content, strict=True)
    except (OSError, ValueError) as error:
        raise SigningFailed(NO_CERTIFICATE, path=settings.SIGNING_CERTIFICATE) from error


def _demonstration_file() -> Path:
    """The key this installation made for itself. Several workers may come first at once: one key wins."""
    folder = Path(settings.SIGNING_ROOT)
    place = folder / DEMONSTRATION_FILE
    if place.exists():
        return place
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor, name = mkstemp(dir=folder)  # readable by its owner alone
        unfinished = Path(name)
        with os.fdopen(descriptor, "wb") as file:
            file.write(_made_here())
            file.flush()
            os.fsync(file.fileno())
        with contextlib.suppress(FileExistsError):
            place.hardlink_to(unfinished)  # unlike a rename, never over somebody else's
        unfinished.unlink()
    except OSError as error:
        raise SigningFailed(NOT_MADE, folder=folder, error=error.strerror) from error
    return place


def _made_here() -> bytes:
    """A new key with its own certificate, as PKCS#12 without a passphrase.

    On the curve P-256: as strong as RSA with 3072 bits, made at once while the first paper waits,
    and known to every reader that knows PAdES.
    """
    private = ec.generate_private_key(ec.SECP256R1())
    now = timezone.now()
    name = x509.Name(
        [
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, settings.GROUP_NAME[:64]),
            x509.NameAttribute(NameOID.COMMON_NAME, f"{settings.GROUP_NAME[:40]} (demonstration key)"),
        ]
    )
    usage = dict.fromkeys(
        (
            "key_encipherment",
            "data_encipherment",
            "key_agreement",
            "key_cert_sign",
            "crl_sign",
            "encipher_only",
            "decipher_only",
        ),
        False,
    )
    certificate = (
        x509.CertificateBuilder(subject_name=name, issuer_name=name, public_key=private.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + DEMONSTRATION_LASTS)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.KeyUsage(digital_signature=True, content_commitment=True, **usage), critical=True)
        .sign(private, hashes.SHA256())
    )
    return pkcs12.serialize_key_and_certificates(b"demonstration key", private, certificate, None, NoEncryption())


# --- signing ------------------------------------------------------------------------------------------


class _Appending(IncrementalPdfFileWriter):
    def _update_meta(self) -> None:
        """Title, dates and producer stay as the press wrote them: both places that say them must agree."""


def append_signature(pdf: bytes, key: Key, reason: str) -> bytes:
    """`pdf` and after it the signature, in a field nobody sees. Raises SigningFailed."""
    said = PdfSignatureMetadata(
        field_name=FIELD, subfilter=SigSeedSubFilter.PADES, name=settings.GROUP_NAME, reason=reason
    )
    signer = PdfSigner(said, signer=key.signer, new_field_spec=SigFieldSpec(FIELD))
    try:
        content: bytes = run_aside(signer.async_sign_pdf(_Appending(io.BytesIO(pdf)))).getvalue()
    except Exception as error:  # a token answers with whatever its maker thought of
        raise SigningFailed(NOT_SIGNED, error=f"{type(error).__name__}: {error}"[:500]) from error
    made = signature_of(content)
    if not content.startswith(pdf) or made is None or not made.holds or made.signer != key.fingerprint:
        raise SigningFailed(NO_PAIR)
    return content


def run_aside(coroutine: Coroutine[Any, Any, Result]) -> Result:
    """In a thread of its own: the caller's may have a loop running already, a server's or a test's."""
    with ThreadPoolExecutor(max_workers=1) as thread:
        return thread.submit(asyncio.run, coroutine).result()
