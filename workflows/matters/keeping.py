"""How a file comes to lie where it stays: whole, on disk, and vouched for by its hash.

It is written beside its place, brought to disk, and moved there in one step; whoever is killed in
between, or finds the disk full, leaves an unfinished file at most, which nobody reads and `tidy`
takes away.
"""

from __future__ import annotations

import hashlib
import os
import time
from pathlib import Path

UNFINISHED = "unfinished"  # the folder below each root


class Damaged(Exception):
    """The file is not there, or is not what its hash says."""


def digest_of(content: bytes) -> str:
    """SHA-256, as the tables keep it."""
    return hashlib.sha256(content).hexdigest()


def put(root: Path, place: Path, content: bytes) -> None:
    """Keep `content` at `place`, below `root`, for good: what stood there before, or nothing, until it is whole.

    Raises OSError, where the disk is full for instance; nothing is left of the file then.
    """
    place.parent.mkdir(parents=True, exist_ok=True)
    beside = _unfinished(root) / f"{place.stem}.{os.getpid()}.{time.monotonic_ns()}"
    try:
        with beside.open("xb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        beside.replace(place)
    except BaseException:
        beside.unlink(missing_ok=True)
        raise
    for folder in (place.parent, place.parent.parent):
        _sync(folder)


def get(place: Path, digest: str) -> bytes:
    """The file, its hash verified. Raises Damaged."""
    try:
        content = place.read_bytes()
    except (FileNotFoundError, IsADirectoryError, NotADirectoryError) as error:
        raise Damaged(digest) from error
    if digest_of(content) != digest:
        raise Damaged(digest)
    return content


def is_kept(place: Path, digest: str, size: int) -> bool:
    """Whether exactly that lies there already. A file cut off is told by its size before it is read."""
    try:
        return place.stat().st_size == size and bool(get(place, digest))
    except (OSError, Damaged):
        return False


def tidy(root: Path, older_than_seconds: int = 3600) -> int:
    """Take away what somebody killed left unfinished; the number of files."""
    limit, count = time.time() - older_than_seconds, 0
    for file in _unfinished(root).iterdir():
        if file.stat().st_mtime < limit:
            file.unlink(missing_ok=True)
            count += 1
    return count


def _unfinished(root: Path) -> Path:
    folder = root / UNFINISHED
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _sync(folder: Path) -> None:
    """Bring the folder's list of names to disk: without it a power cut may forget the name."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
