"""`manage.py verify` speaks one language: the office's, unless it is asked for the other."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

WORDS = {
    "zh-hans": (
        "文件不存在：{0}/nowhere.pdf\n无法读取文件：{0}",
        "并非每个文件都属实。",
        "每个文件都属实，但并非都仍然有效。",
    ),
    "en": (
        "There is no file {0}/nowhere.pdf.\nThe file {0} cannot be read.",
        "Not every file is genuine.",
        "Every file is genuine, but not every one still counts.",
    ),
}


def ends(*arguments: Any) -> tuple[str, int]:
    """What the command says as it ends, and the exit code."""
    with pytest.raises(CommandError) as ended:
        call_command("verify", *map(str, arguments), "--no-color", stdout=io.StringIO())
    return str(ended.value), ended.value.returncode


@pytest.mark.parametrize("language", WORDS)
def test_it_ends_in_the_language_it_speaks(issued: Any, tmp_path: Path, language: str) -> None:
    from documents.models import IssuedDocument
    from documents.registry import store

    foreign, genuine = tmp_path / "foreign.pdf", tmp_path / "genuine.pdf"
    foreign.write_bytes(b"%PDF-1.7 somebody else's")
    genuine.write_bytes(store.get(issued.rendition.digest))
    IssuedDocument.objects.create(
        kind=issued.kind,
        language=issued.language,
        matter=issued.matter,
        title=issued.title,
        facts=issued.facts,
        issued_at=issued.issued_at,
        issued_by=issued.issued_by,
        replaces=issued,
    )
    asked = () if language == "zh-hans" else ("--language", language)

    unreadable, not_genuine, superseded = WORDS[language]
    assert ends(tmp_path / "nowhere.pdf", tmp_path, genuine, *asked) == (unreadable.format(tmp_path), 2)
    assert ends(foreign, *asked) == (not_genuine, 1)
    assert ends(genuine, *asked) == (superseded, 3)
