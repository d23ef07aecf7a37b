"""Whether a file is what this office issued, and if not, what happened to it.

The store's hash decides: a file is genuine when its SHA-256 is that of the stored, signed file and
the signature holds over the whole of it. Everything else here finds words for what went wrong, out
of sizes and hashes alone, so that a browser can do the same without handing the file over (see
workflows/registry/static/registry/check.js, which must stay in step).

A file comes from anybody. It is never opened as a PDF: bytes are searched, and what is compressed
is read up to a limit.
"""

from __future__ import annotations

import binascii
import hashlib
import json
import re
import unicodedata
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from itertools import islice, zip_longest
from typing import Any

from django.db.models import TextChoices
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from documents.looks import record_of
from documents.models import CODE_ALPHABET, IssuedDocument, Rendition

MOST_BYTES = 32 << 20  # of a file; sixty pages are far below it
MOST_INFLATED = 4 << 20  # of one compressed part
MOST_PARTS = 40  # looked into
MOST_FOUND, MOST_CODES = 100, 5  # in one part; looked up
MOST_NAMES = 12  # of facts that differ
MOST_SIGNATURE = 64 << 10


class Verdict(TextChoices):
    """What the check says, of a file or of a paper."""

    CURRENT = "current", _("Genuine and current.")
    REPLACED = "replaced", _("Genuine, but no longer current: it was replaced.")
    VOID = "void", _("Genuine, but void: it counts no more.")
    ALTERED = "altered", _("Not the file that was issued.")
    UNKNOWN = "unknown", _("Unknown: not a file of this office.")


class Wrong(TextChoices):
    """What is wrong with a file. `%(count)s`: bytes; `%(names)s`: of facts."""

    APPENDED = "appended", _("Bytes were appended after the signature: %(count)s. What they show was not issued.")
    CUT_SHORT = "cut_short", _("The file is cut short: %(count)s bytes are missing at its end.")
    CONTENT = "content", _("Bytes inside the signed content were changed: what it shows may not be what was issued.")
    SIGNATURE = (
        "signature",
        _("The signature is damaged or was exchanged. The paper before it is unchanged, byte for byte."),
    )
    SIGNATURE_REMOVED = "signature_removed", _("The signature was removed.")
    SIGNED_BY_ANOTHER = "signed_by_another", _("The file is signed, but not by this office.")
    RECORD = "record", _("The attached record is not the one that was issued.")
    RECORD_MISSING = "record_missing", _("The attached record is missing.")
    REWRITTEN = (
        "rewritten",
        _("Another program saved the file anew, which takes away all proof: what it shows may not be what was issued."),
    )
    NOT_MADE = "not_made", _("No file of this document has been handed out yet.")
    NO_CODE = (
        "no_code",
        _("The file does not say which document it is. If it was printed or converted, enter the printed check code."),
    )
    NO_SUCH_CODE = "no_such_code", _("No document with the check code in this file was issued here.")
    OURS_BUT_UNKNOWN = (
        "ours_but_unknown",
        _("It bears this office's signature, unbroken, but is not in its books: perhaps they were restored."),
    )
    NOT_A_PDF = "not_a_pdf", _("This is not a PDF file.")
    TOO_LARGE = "too_large", _("The file is larger than any paper of this office.")


FACTS_THAT_DIFFER = _("It differs in: %(names)s.")


@dataclass(frozen=True)
class Fault:
    """One thing that is wrong with a file."""

    wrong: Wrong
    count: int = 0  # bytes
    names: tuple[str, ...] = ()  # of the facts in which a record differs

    def __str__(self) -> str:
        words = str(self.wrong.label) % {"count": self.count} if self.count else str(self.wrong.label)
        return f"{words} {FACTS_THAT_DIFFER % {'names': ', '.join(self.names)}}" if self.names else words


@dataclass(frozen=True)
class Standing:
    """How a genuine document stands today: `verdict`, and by what or since when."""

    verdict: Verdict
    successor: IssuedDocument | None = None
    voided_on: date | None = None
    notice: str = ""  # the number of the void notice


@dataclass(frozen=True)
class Finding:
    """What `examine` found out. `document`: which one the file is, or claims to be."""

    verdict: Verdict
    digest: str  # of the file
    code: str = ""
    document: IssuedDocument | None = None
    standing: Standing | None = None  # of that document, whatever the file is worth
    faults: tuple[Fault, ...] = ()

    @property
    def genuine(self) -> bool:
        return self.verdict in (Verdict.CURRENT, Verdict.REPLACED, Verdict.VOID)


def standing_of(document: IssuedDocument) -> Standing:
    """Current, replaced or void; what is void is void, replaced or not."""
    voiding = getattr(document, "voiding", None)
    successor = document.replaced_by.order_by("-issued_at").first()
    if voiding:
        notice = voiding.notice.number if voiding.notice else ""
        return Standing(Verdict.VOID, successor, timezone.localdate(voiding.at), notice)
    return Standing(Verdict.REPLACED if successor else Verdict.CURRENT, successor)


def with_code(code: str) -> IssuedDocument | None:
    """The document with that check code, however it was typed; None as well for what cannot be one."""
    code = re.sub(r"[\W_]", "", unicodedata.normalize("NFKC", code)).upper()
    if len(code) != 12 or not set(code) <= set(CODE_ALPHABET):
        return None
    return IssuedDocument.objects.select_related("rendition", "voiding__notice").filter(code=code).first()


def with_file(digest: str) -> IssuedDocument | None:
    """The document whose stored file has that SHA-256."""
    found = IssuedDocument.objects.select_related("rendition", "voiding__notice").filter(
        rendition__status=Rendition.Status.RENDERED, rendition__digest=digest
    )
    return found.first() if re.fullmatch(r"[0-9a-f]{64}", digest) else None


def record_digest(document: IssuedDocument) -> str:
    """SHA-256 of the record attached to the document's file."""
    return _sha(record_of(document.kind, document.language, document.facts))


def holds_record(content: bytes, record: bytes) -> bool:
    """Whether that record is attached to a file."""
    return record in parts(content, "EmbeddedFile")


# --- a file --------------------------------------------------------------------------------------------


def examine(content: bytes) -> Finding:
    """What `content` is and what is wrong with it. Never raises, whatever the bytes are."""
    if len(content) > MOST_BYTES:
        return Finding(Verdict.UNKNOWN, "", faults=(Fault(Wrong.TOO_LARGE),))
    digest = _sha(content)
    if document := with_file(digest):
        standing, fault = standing_of(document), _unproven(content, document.rendition)
        verdict = Verdict.ALTERED if fault else standing.verdict
        return Finding(verdict, digest, document.code, document, standing, (fault,) if fault else ())
    if b"%PDF-" not in content[:1024]:
        return Finding(Verdict.UNKNOWN, digest, faults=(Fault(Wrong.NOT_A_PDF),))
    codes = codes_in(content)
    document = next(filter(None, map(with_code, codes)), None)
    if document:
        faults = tuple(faults_of(content, document))
        return Finding(Verdict.ALTERED, digest, document.code, document, standing_of(document), faults)
    signature = signature_of(content)
    if signature and signature.holds and _ours(signature.signer):
        fault = Fault(Wrong.OURS_BUT_UNKNOWN)
    else:
        fault = Fault(Wrong.NO_SUCH_CODE if codes else Wrong.NO_CODE)
    return Finding(Verdict.UNKNOWN, digest, next(iter(codes), ""), faults=(fault,))


def faults_of(content: bytes, document: IssuedDocument) -> Iterator[Fault]:
    """Why a file that claims to be `document` is not its file."""
    issued = document.rendition
    if issued.status != Rendition.Status.RENDERED or not issued.digest:
        yield Fault(Wrong.NOT_MADE)
        return
    size, whole = len(content), _ends_well(content)
    cut = size < issued.size and not whole
    paper_unchanged = bool(issued.unsigned_size) and _sha(content[: issued.unsigned_size]) == issued.unsigned_digest
    if size > issued.size and _sha(content[: issued.size]) == issued.digest:
        yield Fault(Wrong.APPENDED, size - issued.size)
    elif paper_unchanged and size == issued.unsigned_size:
        yield Fault(Wrong.SIGNATURE_REMOVED)
    elif cut and (paper_unchanged or size < issued.unsigned_size):
        yield Fault(Wrong.CUT_SHORT, issued.size - size)
    elif paper_unchanged:
        yield Fault(Wrong.SIGNATURE)
    elif size == issued.size or not whole:
        yield Fault(Wrong.CONTENT)
    else:
        yield Fault(Wrong.REWRITTEN)
        if not _mentions_signature(content):
            yield Fault(Wrong.SIGNATURE_REMOVED)
    records = list(parts(content, "EmbeddedFile"))
    if any(record is None or _sha(record) != record_digest(document) for record in records):
        yield Fault(Wrong.RECORD, names=_differences(records, document))
    elif not records and whole and size != issued.size:
        yield Fault(Wrong.RECORD_MISSING)
    signature = signature_of(content)
    if signature and signature.holds and not _ours(signature.signer):
        yield Fault(Wrong.SIGNED_BY_ANOTHER)


def codes_in(content: bytes) -> list[str]:
    """The check codes a file says it carries, plain or compressed; those among its keywords first: a title may name others."""
    found: dict[str, bool] = {}
    searched = [content, *parts(content, "ObjStm"), *parts(content, "Metadata"), *parts(content, "EmbeddedFile")]
    for text in searched:
        for match in islice(_CODE.finditer(text or b""), MOST_FOUND):
            code = match[2].decode()
            found[code] = found.get(code, False) or bool(match[1])
    return sorted(found, key=lambda code: not found[code])[:MOST_CODES]


def parts(content: bytes, kind: str) -> Iterator[bytes | None]:
    """What the streams of a type hold, inflated; None for one that cannot be read. The first few only."""
    for count, match in enumerate(re.finditer(rb"/Type\s{0,9}/" + kind.encode() + rb"\b", content)):
        if count == MOST_PARTS:
            return
        begins = _BEGINS.search(content, match.end(), match.end() + 4096)
        before = content.rfind(b"obj", max(0, match.start() - 4096), match.start())
        if begins is None or before < 0:
            continue
        described = content[before : begins.start()]
        ends = content.find(b"endstream", begins.end())
        raw = content[begins.end() : ends if ends >= 0 else len(content)]
        if b"/Filter" not in described:
            length = re.search(rb"/Length\s{1,9}(\d{1,9})(?!\d|\s{1,9}\d{1,9}\s{1,9}R)", described)
            yield raw[: int(length[1])] if length else raw.rstrip(b"\r\n")
        else:
            yield _inflated(raw) if b"/FlateDecode" in described else None


_ALPHABET = CODE_ALPHABET.encode()
_CODE = re.compile(rb'(?:(Keywords[\s(>]{0,9})?\bcheck |"code": ")([' + _ALPHABET + rb"]{12})(?![0-9A-Za-z])")
_BEGINS = re.compile(rb"\bstream\r?\n")
_ENDS = re.compile(rb"startxref\s{1,9}(\d{1,10})\s{1,9}%%EOF\s{0,9}$")
_TABLE = re.compile(rb"xref\b|\d{1,10}\s{1,9}\d{1,5}\s{1,9}obj\b")
_RANGE = re.compile(
    rb"/ByteRange\s{0,9}\[\s{0,9}(\d{1,10})\s{1,9}(\d{1,10})\s{1,9}(\d{1,10})\s{1,9}(\d{1,10})\s{0,9}\]"
)


def _sha(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _inflated(raw: bytes) -> bytes | None:
    inflater = zlib.decompressobj()
    try:
        content = inflater.decompress(raw, MOST_INFLATED)
    except zlib.error:
        return None
    return content if inflater.eof else None


def _ends_well(content: bytes) -> bool:
    """Whether the file ends as a PDF ends, and its last table of contents is where it says."""
    ending = _ENDS.search(content[-1024:])
    return bool(ending and _TABLE.match(content, int(ending[1])))


def _mentions_signature(content: bytes) -> bool:
    return any(b"/ByteRange" in (text or b"") for text in [content, *parts(content, "ObjStm")])


def _differences(records: list[bytes | None], document: IssuedDocument) -> tuple[str, ...]:
    """The names of the facts in which the first foreign record differs from the one issued."""
    issued = record_of(document.kind, document.language, document.facts)
    foreign = next(record for record in records if record is None or _sha(record) != _sha(issued))
    try:
        names = islice(_differing(json.loads(foreign or b""), json.loads(issued)), MOST_NAMES)
        return tuple("".join(char if char.isprintable() else "�" for char in name[:60]) for name in names)
    except (ValueError, RecursionError):
        return ()


def _differing(found: Any, wanted: Any, name: str = "") -> Iterator[str]:
    """The ways to what differs between two records, like `facts.declared.venue`; only as deep as both go."""
    way = f"{name}." if name else ""
    if isinstance(found, dict) and isinstance(wanted, dict):
        for key in sorted(found.keys() | wanted.keys()):
            yield from _differing(found.get(key), wanted.get(key), f"{way}{key}")
    elif isinstance(found, list) and isinstance(wanted, list):
        for number, pair in enumerate(zip_longest(found, wanted)):
            yield from _differing(*pair, f"{way}{number}")
    elif found != wanted:
        yield name


# --- a signature -----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Signature:
    """The last signature of a file. `holds`: unbroken, and over every byte of it but its own."""

    holds: bool
    signer: str  # SHA-256 of the certificate; whose it is, is another question


def signature_of(content: bytes) -> Signature | None:
    """The last signature of `content`; None without one that can be read. Never raises."""
    found = None
    for found in _RANGE.finditer(content):  # noqa: B007 - the last one counts
        pass
    if found is None:
        return None
    start, gap, after, rest = map(int, found.groups())
    covers_all = start == 0 and gap < after and after + rest == len(content)
    if (
        not covers_all
        or not 2 <= after - gap <= MOST_SIGNATURE
        or content[gap : gap + 1] + content[after - 1 : after] != b"<>"
    ):
        return None
    try:
        return _read(binascii.unhexlify(content[gap + 1 : after - 1]), content[:gap] + content[after:])
    except Exception:  # what reads certificates raises as it likes when they are forged
        return None


def _read(signature: bytes, signed: bytes) -> Signature:
    # Only now: a process that serves pages reads no signature, and these weigh some.
    from asn1crypto import cms
    from pyhanko.sign.general import extract_certificate_info, extract_signer_info
    from pyhanko.sign.validation.generic_cms import validate_sig_integrity

    data = cms.ContentInfo.load(signature)["content"]
    signer = extract_signer_info(data)
    certificate = extract_certificate_info(data).signer_cert
    digest = hashlib.new(signer["digest_algorithm"]["algorithm"].native, signed).digest()
    intact, valid = validate_sig_integrity(signer, certificate, "data", digest)
    return Signature(intact and valid, _sha(certificate.dump()))


def _unproven(content: bytes, rendition: Rendition) -> Fault | None:
    """What keeps a stored file from being proof: its signature does not hold, or is not the one recorded.

    A file from before papers were signed has none, and its row says so.
    """
    if not rendition.signer:
        return None
    signature = signature_of(content)
    return None if signature and signature.holds and signature.signer == rendition.signer else Fault(Wrong.SIGNATURE)


def _ours(signer: str) -> bool:
    return Rendition.objects.filter(signer=signer).exists()
