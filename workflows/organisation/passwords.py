"""How passwords are hashed, and which are not taken."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any
from unicodedata import normalize

from django.conf import settings
from django.contrib.auth.hashers import Argon2PasswordHasher
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _


class OfficeArgon2Hasher(Argon2PasswordHasher):
    """Argon2id with 19 MiB, two passes, one lane: the OWASP minimum.

    Django's own default takes 100 MiB a login, which a morning's rush would multiply by the
    number of people at the door.
    """

    time_cost = 2
    memory_cost = 19 * 1024
    parallelism = 1


# --- made of what anybody would try first ---------------------------------------------------------------

LEFT = 8  # characters that a guesser has to find after the words and runs they try first
MOST = 128  # characters: hashing takes no longer, but a megabyte has no business here
ANYBODYS = (
    "password", "passwort", "welcome", "administrator", "admin", "letmein", "hello", "changeme", "default", "secret",
    "approval", "approvals", "office", "login", "access", "master", "company", "group", "dragon", "monkey", "sunshine",
    "woaini", "mima", "nihao", "gongsi", "jituan", "bangong", "shenpi", "qianpi", "huanying", "zhongguo", "beijing",
    "shanghai", "spring", "summer", "autumn", "winter", "monday", "january", "december",
    "密码", "欢迎", "管理员", "你好", "公司", "集团", "办公室", "审批", "签批", "我爱你", "中国",
)  # fmt: skip
ROWS = (
    "qwertyuiop",
    "asdfghjkl",
    "zxcvbnm",
    "abcdefghijklmnopqrstuvwxyz",
    "01234567890",
    "1qaz2wsx3edc4rfv5tgb6yhn7ujm",
)
PLAIN = str.maketrans("013457@$!€", "oieastasie")  # how letters are written by who means to be clever
YEAR = re.compile(r"(?:19|20)\d\d")


class MadeOfKnownWords:
    """Refuses what is left too short when the words and runs are taken out that anybody would try first.

    Those are the words people use for passwords, the house's (its units, by every name), the person's own
    (name, name in English, which is its pinyin, user name, e-mail), years, rows of the keyboard, and repetitions.
    """

    def validate(self, password: str, user: Any = None) -> None:
        if len(password) > MOST:
            raise ValidationError(_("At most %(most)d characters.") % {"most": MOST}, code="password_too_long")
        words = sorted({*map(_flat, ANYBODYS), *_of_the_house(), *_of_the_person(user)}, key=len, reverse=True)
        if min(weight(left_of(form, words)) for form in _forms(password)) < LEFT:
            raise ValidationError(
                _(
                    "This is made of what is tried first: names, the house's words, years, rows and repetitions. "
                    "Take several words that have nothing to do with each other."
                ),
                code="password_of_known_words",
            )

    def get_help_text(self) -> str:
        return _("Not made of names, of the house's words, of years, rows of keys or repetitions.")


def _flat(words: str) -> str:
    return normalize("NFKC", words).casefold()


def _forms(password: str) -> Iterator[str]:
    """As it was typed, and with the letters that digits and signs stand for."""
    flat = re.sub(r"\s", "", _flat(password))
    yield flat
    yield flat.translate(PLAIN)


def left_of(password: str, words: Iterable[str]) -> str:
    """What is left of it without `words`, the longest first; a year, a run or a repetition leaves one character."""
    for word in words:
        password = password.replace(word, "\0" if len(word) > 1 else word)
    password = YEAR.sub("0", password.replace("\0", ""))
    lengths = range(1, len(password) // 2 + 1)
    period = next((n for n in lengths if (password[:n] * len(password)).startswith(password)), len(password))
    return "".join(run[0] if len(run) > 2 or len(set(run)) == 1 else run for run in _runs(password[:period]))


def _runs(password: str) -> Iterator[str]:
    """It in pieces, each of them the same character again and again, or a stretch of a row either way."""
    run = ""
    for here in password:
        further = run + here
        if run and any(further in row for row in _rows(further)):
            run = further
        else:
            if run:
                yield run
            run = here
    if run:
        yield run


def _rows(run: str) -> Iterator[str]:
    yield run[0] * len(run)
    for row in ROWS:
        yield row
        yield row[::-1]


def weight(left: str) -> int:
    """How much a guesser has to find: a Chinese character is worth two; what comes again and again nothing."""
    different = set(left)
    return sum(2 if ord(each) > 0x2E80 else 1 for each in left) if len(different) >= min(5, LEFT // 2) else 0


def _of_the_house() -> set[str]:
    from .models import Unit  # the hasher above is asked for before there are models

    names = Unit.objects.values_list("name", "name_en", "code")
    return set(_parts([settings.GROUP_NAME, *(name for row in names for name in row)]))


def _of_the_person(person: Any) -> set[str]:
    if person is None:
        return set()
    names = [getattr(person, field, "") or "" for field in ("username", "name", "name_en", "print_name")]
    return set(_parts([*names, (getattr(person, "email", "") or "").partition("@")[0]]))


def _parts(names: Iterable[str]) -> Iterator[str]:
    """Each name in one, turned round, and its parts: Lin Xiao, linxiao, xiaolin, lin, xiao."""
    for name in names:
        parts = [part for part in re.split(r"[\W_]+", _flat(name)) if part]
        for word in (*parts, "".join(parts), "".join(reversed(parts))):
            if len(word) >= (3 if word.isascii() else 2):
                yield word


# --- known from a breach ----------------------------------------------------------------------------------


class NotInABreach:
    """Refuses what stands in PASSWORD_BREACH_FILE: lines of SHA-1 in hexadecimal, in order, with or without `:count`.

    So the lists of breached passwords are published. Of 40 GB a few dozen lines are read.
    """

    def validate(self, password: str, user: Any = None) -> None:
        file = settings.PASSWORD_BREACH_FILE
        if file and stands_in(Path(file), hashlib.sha1(password.encode(), usedforsecurity=False).hexdigest()):
            raise ValidationError(_("This password is known from a breach elsewhere."), code="password_breached")

    def get_help_text(self) -> str:
        return _("Not known from a breach elsewhere.") if settings.PASSWORD_BREACH_FILE else ""


def stands_in(file: Path, digest: str) -> bool:
    """Whether a line of the ordered file begins with `digest`. Raises OSError where it cannot be read."""
    wanted = digest.upper().encode()
    with file.open("rb") as lines:
        low, high = 0, lines.seek(0, 2)
        while low < high:  # the line that begins at or after `middle` decides between the halves
            middle = (low + high) // 2
            lines.seek(middle)
            if middle:
                lines.seek(middle - 1)
                lines.readline()
            line = lines.readline()[:40].upper()
            if line == wanted:
                return True
            if not line or line > wanted:
                high = middle
            else:
                low = middle + 1
    return False
