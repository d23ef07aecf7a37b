"""Names of files: what somebody called a file stays its name, as far as every file system bears it.

Brackets, blanks, full stops and full-width signs are part of a name: 方案(1).pdf is not 方案1.pdf.
What goes is what no reader sees but a program obeys: control characters, and the signs that turn the
direction of writing and so forge an ending. A sign that means something to a file system gives way
to its full-width twin, so that two names stay two.
"""

from __future__ import annotations

import re
import unicodedata
from pathlib import PurePath

UNSEEN = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})  # controls, directions and joiners, halves of a pair, line ends
SIGNS = '/\\:*?"<>|'  # no Windows file may hold them
TWINS = str.maketrans({sign: chr(ord(sign) + 0xFEE0) for sign in SIGNS})
DEVICE = re.compile(
    r"(con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³])(?=\.|$)", re.IGNORECASE
)  # names Windows keeps to itself
TRAILING = re.compile(r"[\s.]+\Z")  # Windows drops blanks and full stops there
LONGEST_ENDING = 16


def bearable(name: str) -> str:
    """`name` without what is not seen, and without what a file system takes for something else."""
    plain = TRAILING.sub("", _seen(name).translate(TWINS).lstrip())
    return DEVICE.sub(r"_\1", plain, count=1) if DEVICE.match(plain) else plain


def kept(name: str, most: int) -> str:
    """The name a file came with, less the folders some browsers send along; of at most `most` characters.

    What is too long is cut before its ending, which says what the file is.
    """
    plain = bearable(re.split(r"[/\\]", name)[-1]) or "file"
    ending = PurePath(plain).suffix
    if len(plain) <= most:
        return plain
    if len(ending) > LONGEST_ENDING:
        ending = ""
    return TRAILING.sub("", plain[: most - len(ending)]) + ending


def of_title(title: str, most: int) -> str:
    """A file's name made from a title: there a sign no file bears gives way to a blank."""
    return TRAILING.sub("", bearable(re.sub(f"[{re.escape(SIGNS)}]+", " ", _seen(title)))[:most])


def _seen(name: str) -> str:
    return "".join(char for char in name if unicodedata.category(char) not in UNSEEN)
