"""Files laid beside a matter: what they are is told by their content, never by their name.

A file is stored once under the hash of its content, and reached only through a view that asks who
is asking. What is refused here: other types, two types in one file, archives that would burst.
"""

from __future__ import annotations

import re
import zipfile
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path, PurePath
from typing import IO, Any
from xml.etree import ElementTree

import puremagic
from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from workflows.organisation import clock
from workflows.organisation.offices import Capacity
from workflows.trail import actions

from . import keeping, scanner
from .errors import NotYours, Refused
from .filenames import kept
from .models import Attachment, Matter
from .perform import note_down

MOST_BYTES = 20 * 1024 * 1024
MOST_NAME = 160  # characters, as the column holds
MOST_UNPACKED = 200 * 1024 * 1024  # of an office file, all parts together
MOST_PARTS = 4_000
MOST_RATIO = 200  # unpacked to packed, of one part that is not small
SMALL_PART = 1024 * 1024

actions.register("view_attachment", gettext_lazy("downloaded a file"))

TYPES = "[Content_Types].xml"
ENDING = re.compile(r"[^0-9a-z]+$")  # blanks, dots, what a terminal does not show: some programs read past them

OOXML = "application/vnd.openxmlformats-officedocument"


@dataclass(frozen=True)
class FileType:
    """A type that is taken: how it is served, how its files are named, how each of them begins."""

    content_type: str
    suffixes: tuple[str, ...]
    begins: bytes = b""
    part: str = ""  # the part an office file of this type cannot be without


PDF = FileType("application/pdf", (".pdf",), b"%PDF-")
PNG = FileType("image/png", (".png",), b"\x89PNG\r\n\x1a\n")
JPEG = FileType("image/jpeg", (".jpg", ".jpeg"), b"\xff\xd8\xff")
WEBP = FileType("image/webp", (".webp",), b"RIFF")
DOCX = FileType(f"{OOXML}.wordprocessingml.document", (".docx",), b"PK\x03\x04", "word/document.xml")
XLSX = FileType(f"{OOXML}.spreadsheetml.sheet", (".xlsx",), b"PK\x03\x04", "xl/workbook.xml")
PPTX = FileType(f"{OOXML}.presentationml.presentation", (".pptx",), b"PK\x03\x04", "ppt/presentation.xml")
TEXT = FileType("text/plain", (".txt",))
CSV = FileType("text/csv", (".csv",))

BINARY = (PDF, PNG, JPEG, WEBP)
OFFICE = (DOCX, XLSX, PPTX)
BY_SUFFIX: Mapping[str, FileType] = {suffix: kind for kind in (*BINARY, *OFFICE, TEXT, CSV) for suffix in kind.suffixes}


def type_of(file: IO[Any], name: str) -> FileType:
    """What `file` is, by its content. Raises Refused, in words, when it is nothing that is taken.

    The name only has to agree: a picture called .pdf would open on nobody's machine.
    """
    claimed = BY_SUFFIX.get(PurePath(name).suffix.lower())
    if claimed is None:
        raise _refused(_("“%(name)s” is none of these: %(types)s.") % {"name": name, "types": _types()})
    file.seek(0)
    content = file.read()
    found = _recognised(file, content, claimed)
    if found != claimed:
        raise _refused(
            _("What is in “%(name)s” is not what its name says; these are taken: %(types)s.")
            % {"name": name, "types": _types()}
        )
    file.seek(0)
    return found


def _recognised(file: IO[Any], content: bytes, claimed: FileType) -> FileType | None:
    if claimed in (TEXT, CSV):
        return claimed if _is_text(content) else None
    is_archive = zipfile.is_zipfile(file)
    if claimed in OFFICE:
        return _office_type(file) if is_archive and content.startswith(claimed.begins) else None
    guesses = {guess.mime_type for guess in puremagic.magic_string(content)} if content else set()
    kind = next((kind for kind in BINARY if kind.content_type in guesses and content.startswith(kind.begins)), None)
    if kind == WEBP and content[8:12] != b"WEBP":
        return None
    if is_archive:
        raise _refused(_("The file is two things at once: an archive is hidden in it."))
    return kind


def _is_text(content: bytes) -> bool:
    """Text as our offices write it: UTF-8, or GB 18030 from older programs; nothing a program would run."""
    if b"\x00" in content or content.lstrip()[:5].lower() in (b"<?xml", b"<html", b"<!doc", b"<svg ", b"<scri"):
        return False
    for encoding in ("utf-8", "gb18030"):
        try:
            content.decode(encoding)
        except UnicodeDecodeError:
            continue
        return True
    return False


def _office_type(file: IO[Any]) -> FileType | None:
    """Which office file an archive is. Raises Refused when unpacking it would do harm; unpacks nothing."""
    try:
        with zipfile.ZipFile(file) as archive:
            parts = archive.infolist()
            kinds = _content_types(archive)
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, OSError, EOFError, zlib.error):
        return None  # torn, encrypted, or packed in a way that no office packs
    names = {part.filename for part in parts}
    bursts = any(
        part.file_size > SMALL_PART and part.file_size > MOST_RATIO * max(part.compress_size, 1) for part in parts
    )
    if bursts or len(parts) > MOST_PARTS or sum(part.file_size for part in parts) > MOST_UNPACKED:
        raise _refused(_("Unpacked, the file would be unreasonably large."))
    by_name = any(ENDING.sub("", name.casefold()).endswith("vbaproject.bin") for name in names)
    if by_name or any("macro" in kind or "vba" in kind for kind in kinds):
        raise _refused(_("The file contains macros; please save it without them."))
    if any(name.startswith("/") or ".." in PurePath(name).parts for name in names):
        return None
    if TYPES not in names:
        return None
    return next((kind for kind in OFFICE if kind.part in names), None)


def _content_types(archive: zipfile.ZipFile) -> set[str]:
    """What the file says its parts are: a macro may bear any name, but a program runs it by its type."""
    found: set[str] = set()
    for part in archive.infolist():
        if part.filename.casefold() != TYPES.casefold():
            continue
        if part.file_size > SMALL_PART:
            raise zipfile.BadZipFile(part.filename)
        try:
            listed = ElementTree.fromstring(archive.read(part))  # noqa: S314 - expat ends what would swell
        except ElementTree.ParseError as failure:
            raise zipfile.BadZipFile(str(failure)) from failure
        found |= {each.get("ContentType", "").casefold() for each in listed}
    return found


def _types() -> str:
    return _("PDF, PNG, JPEG, WebP, Word, Excel, PowerPoint, text or CSV")


def _refused(words: str) -> Refused:
    return Refused({"file": words})


@transaction.atomic
def attach(matter: Matter, upload: UploadedFile, *, capacity: Capacity, purpose: str) -> Attachment:
    """Lay a file beside the matter and put it on the trail. Raises Refused in the person's words."""
    name = kept(upload.name or "", MOST_NAME)
    if matter.is_closed:
        raise _refused(_("The matter is closed; nothing can be added to its files."))
    if not upload.size:
        raise _refused(_("The file is empty."))
    if upload.size > MOST_BYTES:
        raise _refused(
            _("The file has %(size)s MiB; %(most)s are allowed.")
            % {"size": f"{upload.size / 1024 / 1024:.1f}", "most": MOST_BYTES // 1024 // 1024}
        )
    assert upload.file
    kind = type_of(upload.file, name)
    if why := scanner.objection(upload):
        raise _refused(why)
    content = upload.file.read()
    attachment = Attachment(
        matter_id=matter.pk,
        purpose=purpose,
        name=name,
        content_type=kind.content_type,
        size=len(content),
        digest=Attachment.digest_of(content),
        by=capacity.person,
        at=clock.now(),
    )
    _store(attachment, content)
    attachment.save()
    note_down(matter, capacity, "attach", changes={"file": [None, name], "digest": [None, attachment.digest]})
    return attachment


def _store(attachment: Attachment, content: bytes) -> None:
    """Keep the content under its hash, unless exactly that lies there already. Raises OSError when the disk is full."""
    field = attachment._meta.get_field("file")
    attachment.file.name = field.generate_filename(attachment, attachment.name)
    place = Path(attachment.file.path)
    if not keeping.is_kept(place, attachment.digest, attachment.size):
        keeping.put(Path(settings.MEDIA_ROOT), place, content)


def content_of(attachment: Attachment) -> bytes:
    """What was laid beside the matter, its hash verified. Raises Damaged when it is missing or something else."""
    return keeping.get(Path(attachment.file.path), attachment.digest)


def downloaded(attachment: Attachment, *, capacity: Capacity) -> None:
    """Put on the trail that somebody has taken a copy."""
    changes = {"file": [None, attachment.name], "digest": [None, attachment.digest]}
    note_down(attachment.matter, capacity, "view_attachment", changes=changes)


def may_withdraw(attachment: Attachment, matter: Matter, capacity: Capacity) -> bool:
    """One's own file, as long as nobody can have decided upon it."""
    if attachment.withdrawn_at or attachment.by_id != capacity.person.pk or matter.is_closed:
        return False
    if attachment.purpose == Attachment.Purpose.DISCUSSION:
        return True
    return not matter.opinions.filter(at__gte=attachment.at).exists()


@transaction.atomic
def withdraw(attachment: Attachment, *, capacity: Capacity) -> None:
    """Take one's own file back. Its name stays in the list and on the trail; its content is kept."""
    matter = Matter.objects.select_for_update().get(pk=attachment.matter_id)
    if not may_withdraw(attachment, matter, capacity):
        raise NotYours(matter)
    attachment.withdrawn_at = clock.now()
    attachment.save(update_fields=["withdrawn_at"])
    note_down(
        matter, capacity, "detach", changes={"file": [attachment.name, None], "digest": [attachment.digest, None]}
    )
