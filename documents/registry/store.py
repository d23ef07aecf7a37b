"""Where finished files lie: each under the hash of its content, so that a name vouches for what is in it.

How a file gets there whole is told in `workflows.matters.keeping`.
"""

from __future__ import annotations

from pathlib import Path

from django.conf import settings

from workflows.matters import keeping
from workflows.matters.keeping import Damaged

__all__ = ["Damaged", "get", "path_of", "put", "remove", "tidy"]


def path_of(digest: str) -> Path:
    return Path(settings.DOCUMENTS_ROOT) / digest[:2] / f"{digest}.pdf"


def put(content: bytes) -> str:
    """Keep `content` for good and return its SHA-256, which is its name. The same content is kept once."""
    digest = keeping.digest_of(content)
    keeping.put(Path(settings.DOCUMENTS_ROOT), path_of(digest), content)
    return digest


def get(digest: str) -> bytes:
    """The file, its hash verified. Raises Damaged."""
    return keeping.get(path_of(digest), digest)


def remove(digest: str) -> None:
    """Take a file out again. Only for one that no row says is ready."""
    path_of(digest).unlink(missing_ok=True)


def tidy(older_than_seconds: int = 3600) -> int:
    """Take away what a killed worker left unfinished, of papers and of attachments; the number of files."""
    return sum(keeping.tidy(Path(root), older_than_seconds) for root in (settings.DOCUMENTS_ROOT, settings.MEDIA_ROOT))
