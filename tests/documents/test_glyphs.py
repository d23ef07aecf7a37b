"""The faces that go into a document: the glyphs it uses as they were drawn, and nothing of the rest."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import pytest
from fontTools.pens.recordingPen import RecordingPen
from fontTools.ttLib import TTFont
from hypothesis import given, settings
from hypothesis import strategies as some

from documents.faces import fonts
from documents.faces.glyphs import TABLES, cut
from tests.examples import examples

pytestmark = pytest.mark.once

FACES = sorted(fonts.faces())


def read(content: bytes) -> TTFont:
    """As fontTools reads it, every sum of the file checked."""
    return TTFont(io.BytesIO(content), checkChecksums=2)


def drawn(font: TTFont, number: int) -> tuple[Any, Any]:
    """The outline of a glyph, its width and where it begins."""
    name, pen = font.getGlyphName(number), RecordingPen()
    font["glyf"][name].draw(pen, font["glyf"])
    return pen.value, font["hmtx"][name]


@pytest.fixture(scope="module", params=FACES)
def face(request: Any) -> tuple[Path, TTFont]:
    path = fonts.faces()[request.param]
    return path, TTFont(path)


def test_every_glyph_is_as_it_was_drawn(face: tuple[Path, TTFont]) -> None:
    path, whole = face
    last = whole["maxp"].numGlyphs - 1
    wanted = [1, 2, 77, 700, 3001, last // 2, last - 1, last]
    few = read(cut(path, wanted))

    assert [drawn(few, number) for number in [0, *wanted]] == [drawn(whole, number) for number in [0, *wanted]]
    assert sorted(few.reader.keys()) == sorted(TABLES)
    assert few["maxp"].numGlyphs == last + 1
    assert few["head"].unitsPerEm == whole["head"].unitsPerEm


def test_what_is_not_used_is_empty_and_what_comes_after_is_cut_off(face: tuple[Path, TTFont]) -> None:
    few = read(cut(face[0], [40, 90]))

    assert few["maxp"].numGlyphs == 91
    assert {number for number in range(91) if drawn(few, number)[0]} == {0, 40, 90}


@settings(max_examples=examples(15))
@given(some.sets(some.integers(0, 7000), max_size=60))
def test_any_choice_makes_a_sound_font(numbers: set[int]) -> None:
    path = fonts.faces()["Fang"]
    whole, few = TTFont(path), read(cut(path, numbers))

    assert few["maxp"].numGlyphs == max(numbers, default=0) + 1
    assert [drawn(few, number) for number in sorted(numbers)] == [drawn(whole, number) for number in sorted(numbers)]


def test_the_same_glyphs_give_the_same_bytes_in_whatever_order_they_are_asked_for() -> None:
    path = fonts.faces()["Hei"]

    assert cut(path, [5, 900, 41]) == cut(path, {900: "", 41: "", 5: ""})


def test_a_glyph_the_face_has_not_is_an_error() -> None:
    with pytest.raises(IndexError):
        cut(fonts.faces()["Hei"], [60_000])
