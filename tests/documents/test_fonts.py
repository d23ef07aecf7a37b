"""The faces: what they hold, that they mix on one line, and what happens where one could not be made."""

from __future__ import annotations

import io
import os
from pathlib import Path
from typing import Any

import pdfplumber
import pytest
from fontTools.ttLib import TTFont

from documents.faces import fonts, foundry
from documents.press.process import Press
from documents.specimens import facts_of

pytestmark = pytest.mark.once

TABLE = [char for char in (foundry.HERE / "standard_characters.txt").read_text() if char != "\n"]


@pytest.fixture(scope="module")
def characters() -> dict[str, set[int]]:
    return {family: set(TTFont(path, lazy=True).getBestCmap()) for family, path in fonts.faces().items()}


def test_the_table_is_the_whole_table() -> None:
    assert (len(TABLE), len(set(TABLE))) == (8105, 8105)
    assert (TABLE[0], TABLE[3499], TABLE[6499], TABLE[-1]) == ("一", "矗", "齉", "蠼")


def test_every_standard_character_can_be_printed_and_so_can_names(characters: dict[str, set[int]]) -> None:
    gb2312 = {bytes((row, cell)).decode("gb2312", "ignore") for row in range(0xB0, 0xF8) for cell in range(0xA1, 0xFF)}
    wanted = {ord(char) for char in [*TABLE, *filter(None, gb2312)]}

    for family in ("Hei", "Song", "Biao"):
        assert wanted - characters[family] == set()
    assert fonts.unprintable("喆堃赟玥昉珺旻瑄祎镕昇彧翀䶮瞭啰") == []
    assert fonts.unprintable("㍿ →≥−×÷‰℃№①⑳㈠㎡·——……〔〕『』") == []
    assert fonts.unprintable("一🎪二ཀ一🎪") == ["🎪", "ཀ"]


def test_all_faces_share_one_height(characters: dict[str, set[int]]) -> None:
    heights = {}
    for family, path in fonts.faces().items():
        with TTFont(path, lazy=True) as font:
            head, mac, typo = font["head"], font["hhea"], font["OS/2"]
            heights[family] = (
                head.unitsPerEm, mac.ascent, mac.descent, mac.lineGap,
                typo.sTypoAscender, typo.sTypoDescender, typo.usWinAscent, typo.usWinDescent,
            )  # fmt: skip

    assert heights == dict.fromkeys(heights, (1000, 880, -120, 0, 880, -120, 880, 120))


def test_a_han_character_is_a_square_in_every_face() -> None:
    for family in fonts.faces():
        assert {fonts.width(char, family) for char in "国的，。“”…〔〕"} == {1.0}, family
    assert fonts.width("〇", "Biao") == 1.0
    assert fonts.width("2026", "Fang") == fonts.width("2026", "Song") < 2.3


def test_the_manifest_vouches_for_every_file() -> None:
    import hashlib

    manifest = foundry.manifest(fonts.folder())
    assert manifest
    for face in manifest["faces"].values():
        assert hashlib.sha256((fonts.folder() / face["file"]).read_bytes()).hexdigest() == face["sha256"]
    assert len(fonts.font_set()) == 16


def test_a_face_cut_twice_is_the_same_to_the_byte(tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.setattr(foundry, "characters", lambda face, available: [ord(char) for char in "国泰民安2026“”"])
    sources = foundry.sources_in(fonts.folder())
    thick, thin = foundry.FACES[-1], foundry.FACES[2]

    first = [foundry.cut(face, sources, tmp_path / "a")["sha256"] for face in (thick, thin)]
    again = [foundry.cut(face, sources, tmp_path / "b")["sha256"] for face in (thick, thin)]

    assert first == again


def test_where_a_face_could_not_be_made_song_stands_in(tmp_path: Path, settings: Any) -> None:
    """A machine without the Debian packages: three faces, no rare ideographs, no error, no empty box."""
    import json

    whole = foundry.manifest(fonts.folder())
    assert whole
    place = tmp_path / "fonts"
    (place / "faces").mkdir(parents=True)
    kept = {family: face for family, face in whole["faces"].items() if family not in ("Fang", "Kai")}
    for face in kept.values():
        os.link(fonts.folder() / face["file"], place / face["file"])
    (place / "manifest.json").write_text(json.dumps({**whole, "faces": kept, "rare": {}}))

    settings.FONTS_ROOT = place
    _forget()
    press = Press()
    try:
        assert fonts.stand_ins() == ["Fang", "Kai"]
        assert fonts.unprintable("田𠮷") == ["𠮷"]
        pdf, _pages = press.print("specimen.letter", "zh-hans", facts_of("specimen.letter", "zh-hans"))
    finally:
        press.close()
        _forget()

    with pdfplumber.open(io.BytesIO(pdf)) as printed:
        used = {char["fontname"].partition("+")[2] for page in printed.pages for char in page.chars}
    assert used == {"Song", "Hei", "Biao"}


def test_without_any_faces_the_press_says_what_to_do(tmp_path: Path, settings: Any) -> None:
    settings.FONTS_ROOT = tmp_path
    _forget()
    try:
        with pytest.raises(fonts.NoFonts, match=r"documents\.faces\.foundry"):
            fonts.prepare()
    finally:
        _forget()


def _forget() -> None:
    for remembered in (
        fonts._made,
        fonts.faces,
        fonts.every_face,
        fonts._opened,
        fonts._advance,
        fonts._is_printable,
        fonts.outline,
    ):
        remembered.cache_clear()


def test_a_face_that_is_not_as_it_was_made_is_named(tmp_path: Path) -> None:
    made = {
        "faces": {name: {"file": f"{name}.ttf", "sha256": foundry._sha256(name.encode())} for name in ("Song", "Kai")}
    }
    for name in made["faces"]:
        (tmp_path / f"{name}.ttf").write_text(name)

    assert foundry.changed(tmp_path, made) == []
    (tmp_path / "Kai.ttf").write_text("Kai, made anew")
    assert foundry.changed(tmp_path, made) == ["Kai"]


def test_every_ideograph_of_a_name_that_a_package_has_is_drawn_by_exactly_one_face() -> None:
    whole = foundry.manifest(fonts.folder())
    assert whole
    blocks = {name: (count, by) for name, _first, _last, count, by in foundry.coverage(fonts.folder(), whole)}

    assert {name: sum(by.values()) for name, (_count, by) in blocks.items()} == {
        name: count for name, (count, _by) in blocks.items()
    }
    assert (blocks["CJK Unified Ideographs"][0], blocks["Extension A"][0]) == (20_992, 6_592)
    if {"RareA", "RareB"} <= set(whole["rare"]):
        assert [blocks[f"Extension {letter}"][0] for letter in "BCDEF"] == [42_720, 4_154, 222, 5_762, 7_473]
        assert fonts.unprintable("𠮷𡃁𫟹") == []
    if "RareC" in whole["rare"]:
        assert (blocks["Extension G"][0], blocks["Extension H"][0]) == (3_045, 2_271)
        assert fonts.unprintable("𰻞") == []


def test_what_is_no_character_of_its_own_is_named() -> None:
    """A form chosen by a selector, a mark that stands on another character, a picture: papers would not show them."""
    assert fonts.unprintable("葛\U000e0100") == ["\U000e0100"]
    assert fonts.unprintable("e\u0301") == ["\u0301"]
    assert fonts.unprintable("é㍿🀄") == ["🀄"]
    assert fonts.unprintable("𮯰") == ["𮯰"]  # extension I: no packaged font has it


def test_a_rare_character_stands_on_its_line_as_any_other(tmp_path: Path) -> None:
    if fonts.unprintable("𠮷"):
        assert "RareB" not in fonts.every_face()  # no package to be had here: a form for print is asked instead
        return
    kind, facts = "office.void", facts_of("office.void", "zh-hans")
    pages = []
    for name in ("田吉", "田𠮷"):
        press = Press()
        try:
            pdf, _count = press.print(kind, "zh-hans", {**facts, "reason": f"签发人{name}已说明。"})
        finally:
            press.close()
        with pdfplumber.open(io.BytesIO(pdf)) as opened:
            pages.append(
                [(char["text"], round(char["x0"], 1), round(char["top"], 1)) for char in opened.pages[0].chars]
            )

    assert ("𠮷", *next(at[1:] for at in pages[0] if at[0] == "吉")) in pages[1]
