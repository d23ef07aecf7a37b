"""Where finished files lie: each under the hash of its content, so that a name vouches for what is in it.

A file is written beside its place, brought to disk, and moved there in one step; whoever is killed
in between leaves an unfinished file that nobody reads, and `tidy` takes away.
"""

from __future__ import annotations

import hashlib
import os
import time
from pathlib import Path

from django.conf import settings


class Damaged(Exception):
    """The file is not there, or is not what its name says."""


def path_of(digest: str) -> Path:
    return Path(settings.DOCUMENTS_ROOT) / digest[:2] / f"{digest}.pdf"


def put(content: bytes) -> str:
    """Keep `content` for good and return its SHA-256, which is its name. The same content is kept once."""
    digest = hashlib.sha256(content).hexdigest()
    place = path_of(digest)
    place.parent.mkdir(parents=True, exist_ok=True)
    unfinished = _unfinished() / f"{digest}.{os.getpid()}.{time.monotonic_ns()}"
    with unfinished.open("xb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    unfinished.replace(place)
    for folder in (place.parent, place.parent.parent):
        _sync(folder)
    return digest


def get(digest: str) -> bytes:
    """The file, its hash verified. Raises Damaged."""
    try:
        content = path_of(digest).read_bytes()
    except FileNotFoundError as error:
        raise Damaged(digest) from error
    if hashlib.sha256(content).hexdigest() != digest:
        raise Damaged(digest)
    return content


def remove(digest: str) -> None:
    """Take a file out again. Only for one that no row says is ready."""
    path_of(digest).unlink(missing_ok=True)


def tidy(older_than_seconds: int = 3600) -> int:
    """Take away what a killed worker left unfinished; the number of files."""
    limit, count = time.time() - older_than_seconds, 0
    for file in _unfinished().iterdir():
        if file.stat().st_mtime < limit:
            file.unlink(missing_ok=True)
            count += 1
    return count


def _unfinished() -> Path:
    folder = Path(settings.DOCUMENTS_ROOT) / "unfinished"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _sync(folder: Path) -> None:
    """Bring the folder's list of names to disk: without it a power cut may forget the name."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
