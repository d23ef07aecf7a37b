"""What a virus scanner says of a file, where the house has one: clamd, at the address SCANNER names.

A file is looked through when it arrives, before any row is locked for it; what came of it is remembered on it, and
`attachments` refuses it by that. A scanner that cannot be reached makes the file wait with whoever sends it.
"""

from __future__ import annotations

import socket
import struct
from contextlib import closing
from typing import IO, Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext as _

CONNECT_SECONDS, ANSWER_SECONDS = 3, 60
PIECE = 64 * 1024
LONGEST_ANSWER = 1024

_SAID = "_what_the_scanner_said"


class Unreachable(Exception):
    """The scanner did not answer, or not what a scanner answers."""


def objection(upload: UploadedFile) -> str:
    """Why the file is not taken, in words; empty when it is clean or nobody scans here. Asks once for each file."""
    said: str | None = getattr(upload, _SAID, None)
    if said is None:
        said = _asked(upload) if settings.SCANNER else ""
        setattr(upload, _SAID, said)
    return said


def _asked(upload: UploadedFile) -> str:
    assert upload.file
    try:
        virus = virus_in(upload.file)
    except Unreachable:
        return _(
            "The virus scanner cannot be reached just now, so the file was not taken. Please send it again in a few "
            "minutes; everything else you entered is still here."
        )
    finally:
        upload.file.seek(0)
    if not virus:
        return ""
    return _("A virus was found in “%(name)s” (%(virus)s). The file was not taken.") % {
        "name": upload.name,
        "virus": virus,
    }


def virus_in(file: IO[Any]) -> str:
    """The name of what was found in `file`, or nothing. Raises Unreachable."""
    try:
        with closing(_connected()) as scanner:
            scanner.sendall(b"zINSTREAM\0")
            file.seek(0)
            while piece := file.read(PIECE):
                scanner.sendall(struct.pack("!L", len(piece)) + piece)
            scanner.sendall(struct.pack("!L", 0))
            answer = _answer(scanner)
    except OSError as failure:
        raise Unreachable(str(failure)) from failure
    said, found = answer.removeprefix("stream: "), " FOUND"
    if said.endswith(found):
        return said.removesuffix(found)
    if said != "OK":  # too large for it, or out of order
        raise Unreachable(answer)
    return ""


def _connected() -> socket.socket:
    where = urlsplit(settings.SCANNER)
    if where.scheme == "unix":
        scanner = socket.socket(socket.AF_UNIX)
        scanner.settimeout(CONNECT_SECONDS)
        scanner.connect(where.path)
    else:
        scanner = socket.create_connection((where.hostname or "", where.port or 3310), CONNECT_SECONDS)
    scanner.settimeout(ANSWER_SECONDS)
    return scanner


def _answer(scanner: socket.socket) -> str:
    answer = b""
    while not answer.endswith(b"\0") and len(answer) < LONGEST_ANSWER and (more := scanner.recv(LONGEST_ANSWER)):
        answer += more
    return answer.rstrip(b"\0").decode(errors="replace").strip()
