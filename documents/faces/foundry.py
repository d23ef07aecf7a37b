"""Makes the letters documents are printed with, at set-up: five faces of the project's own, from fonts in packages.

    python -m documents.faces.foundry [folder]          make them where they are missing or out of date; say what they are
    python -m documents.faces.foundry --check [folder]  only tell, by its exit code, whether there is anything to do

| family       | drawn from                                                          |
|--------------|---------------------------------------------------------------------|
| Fang 仿宋    | FandolFang, of Debian's texlive-lang-chinese; digits as in Song     |
| Kai 楷体     | FandolKai, of the same; digits as in Song                           |
| Hei 黑体     | Noto Sans SC, of the Python package pylopdf-fonts-zh-cn             |
| Song 宋体    | Noto Serif SC, of the same; all its ideographs, for people's names  |
| Biao 小标宋  | Noto Serif SC with thicker strokes                                  |
| RareA to C   | rare ideographs, see rare.py                                        |

The Debian packages are fetched and unpacked, not installed. Where they cannot be had, Fang and Kai
are not made and the pages fall back to Song, character by character, as they do for a character that
only Song has; and of a name with a rare character a written form for print is asked.

A face holds the 8 105 characters of the Table of General Standard Chinese Characters (通用规范汉字表,
2013; standard_characters.txt, in the table's order), those of GB 2312, Latin letters and signs. Its
glyphs stand in that order, its outlines are quadratic and its tables few: what a PDF takes of it is
then small and quickly cut. All faces share one height (880 above the line, 120 below), so that they
mix on one line without moving it. The same sources give the same bytes.

Standard library and fontTools only, no Django: it runs while the product is being set up.
"""

from __future__ import annotations

import fcntl
import hashlib
import io
import json
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from ctypes import byref
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .rare import BLOCKS, RARE, copied

HERE = Path(__file__).parent
PACKAGE = "texlive-lang-chinese"
TEXMF = "usr/share/texlive/texmf-dist/fonts/opentype/public/fandol"
EM, ABOVE, BELOW = 1000, 880, -120  # font units
CLOSE = 1.0  # how far a quadratic outline may stray from the cubic one, in font units
# Written in one piece, a face lies in the system's memory in pages of two megabytes, and each one that a glyph
# is read from counts whole for every process that reads it.
PIECE = 64 << 10
EPOCH = 3_850_070_400  # the date in every face, the same for ever: 1 January 2026, in seconds since 1904

SIGNS = (
    (0x20, 0x7E), (0xA0, 0x17F), (0x370, 0x3FF), (0x400, 0x45F), (0x2000, 0x206F), (0x20A0, 0x20BF),
    (0x2100, 0x218F), (0x2190, 0x21FF), (0x2200, 0x22FF), (0x2460, 0x24FF), (0x2500, 0x25FF), (0x2600, 0x266F),
    (0x3000, 0x30FF), (0x3200, 0x33FF), (0xFE30, 0xFE4F), (0xFF00, 0xFFEF),
)  # fmt: skip
WESTERN = 0x460  # code points below it are letters and digits of the west
IDEOGRAPHS = ((0x3400, 0x9FFF), (0xF900, 0xFAFF), (0x20000, 0x323AF))
QUOTES = "‘’“”—…·"  # a square wide in Chinese; as wide as themselves where the style asks for `pwid`


@dataclass(frozen=True)
class Face:
    family: str
    file: str  # of the font it is drawn from
    western: str = ""  # the font its Latin, Greek and Cyrillic letters and digits come from, if another
    thicker: tuple[int, int] = (0, 0)  # upright and level strokes, in font units
    every_ideograph: bool = False


FACES = (
    Face("Fang", "FandolFang-Regular.otf", western="NotoSerifSC-Regular.otf"),
    Face("Kai", "FandolKai-Regular.otf", western="NotoSerifSC-Regular.otf"),
    Face("Hei", "NotoSansSC-Regular.otf"),
    Face("Song", "NotoSerifSC-Regular.otf", every_ideograph=True),
    Face("Biao", "NotoSerifSC-Regular.otf", thicker=(34, 22)),
)


def make(folder: Path) -> dict[str, Any]:
    """Make what is missing in `folder` and return its manifest: per family the file, its SHA-256, its source.

    Several may ask at once: one works, the others wait for it. Raises OSError where the folder cannot be written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with _alone(folder / ".lock"):
        if ready := up_to_date(folder):
            return ready
        missing = defaultdict[str, list[str]](list)
        for name in [*{face.file: None for face in FACES}, *(rare.file for rare in RARE)]:
            if not find(name, folder):
                missing[_package_of(name)[0]].append(name)
        for package, names in missing.items():
            fetch(folder, package, names)
        sources = sources_in(folder)
        made = {face.family: cut(face, sources, folder) for face in FACES if face.file in sources}
        rare = copy_rare(sources, folder / made["Song"]["file"], folder)
        whole = {"recipe": _recipe(sources), "faces": made, "rare": rare}
        draft = folder / "manifest.json.new"
        draft.write_text(json.dumps(whole, indent=1, sort_keys=True))
        draft.replace(folder / "manifest.json")
        return whole


def up_to_date(folder: Path) -> dict[str, Any] | None:
    """The manifest, if what it lists is what would be made now. What could not be fetched once is not asked for again."""
    ready = manifest(folder)
    return ready if ready and ready["recipe"] == _recipe(sources_in(folder)) else None


def manifest(folder: Path) -> dict[str, Any] | None:
    """What was made in `folder`; None where nothing was, or a file of it is missing."""
    try:
        whole: dict[str, Any] = json.loads((folder / "manifest.json").read_text())
    except (OSError, ValueError):
        return None
    return whole if all((folder / face["file"]).exists() for face in every(whole).values()) else None


def every(whole: Mapping[str, Any]) -> dict[str, Any]:
    """Family → what the manifest says of it, the rare ideographs' last."""
    return {**whole["faces"], **whole.get("rare", {})}


def changed(folder: Path, whole: Mapping[str, Any]) -> list[str]:
    """The families whose face is not the one the manifest tells of: being made anew just now, or touched by somebody."""
    return [family for family, face in every(whole).items() if _sha256_of(folder / face["file"]) != face["sha256"]]


def stand_ins(whole: Mapping[str, Any]) -> list[str]:
    """The families that could not be made, for which Song stands in."""
    return [face.family for face in FACES if face.family not in whole["faces"]]


# --- where the fonts come from -----------------------------------------------------------------------


def find(name: str, folder: Path) -> Path | None:
    """The source font, wherever it already is on this machine."""
    import pylopdf_fonts_zh_cn

    homes = (
        folder / "sources",
        Path(pylopdf_fonts_zh_cn.serif_path()).parent,
        Path("/") / _package_of(name)[1],
    )
    return next((home / name for home in homes if (home / name).is_file()), None)


def _package_of(name: str) -> tuple[str, str]:
    """The Debian package a source font is in, and the folder it lies in there."""
    return next(((rare.package, rare.folder) for rare in RARE if rare.file == name), (PACKAGE, TEXMF))


def sources_in(folder: Path) -> dict[str, Path]:
    """Source font → where it lies, for those that are there."""
    return {each.file: path for each in (*FACES, *RARE) if (path := find(each.file, folder))}


def fetch(folder: Path, package: str, names: Iterable[str]) -> None:
    """Fetch a Debian package and take `names` out of it; leaves the folder as it is where that cannot be."""
    if not (shutil.which("apt-get") and shutil.which("dpkg-deb")):
        return
    with tempfile.TemporaryDirectory(dir=folder) as place:
        had = _downloaded(package, place)
        if not had and (os.geteuid() != 0 or not _says_yes(["apt-get", "-q", "update"], place)):
            return
        if not had and not _downloaded(package, place):
            return
        archive = next(Path(place).glob("*.deb"))
        (folder / "sources").mkdir(exist_ok=True)
        wanted = {f"./{_package_of(name)[1]}/{name}": name for name in names}
        with (
            subprocess.Popen(["dpkg-deb", "--fsys-tarfile", str(archive)], stdout=subprocess.PIPE) as unpacking,
            tarfile.open(fileobj=unpacking.stdout, mode="r|") as files,
        ):
            for member in files:
                if member.name in wanted and (content := files.extractfile(member)):
                    draft = folder / "sources" / f"{wanted[member.name]}.new"
                    draft.write_bytes(content.read())
                    draft.replace(folder / "sources" / wanted[member.name])


def _downloaded(package: str, place: str) -> bool:
    return _says_yes(["apt-get", "-q", "-o", "APT::Sandbox::User=root", "download", package], place)


def _says_yes(command: list[str], place: str) -> bool:
    return subprocess.run(command, cwd=place, check=False, capture_output=True).returncode == 0


def _recipe(sources: Mapping[str, Path]) -> str:
    """Changes when the foundry's own files, the table of characters, fontTools or a source change."""
    import fontTools

    own = [HERE / "foundry.py", HERE / "rare.py", HERE / "standard_characters.txt"]
    parts = [*(path.read_bytes() for path in own), fontTools.version.encode()]
    parts += [name.encode() + _sha256_of(path).encode() for name, path in sorted(sources.items())]
    return _sha256(b"\0".join(parts))


@contextmanager
def _alone(lock: Path) -> Iterator[None]:
    with lock.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _sha256_of(path: Path) -> str:
    """Of a file, without holding it in memory."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


# --- cutting a face ------------------------------------------------------------------------------------


def cut(face: Face, sources: Mapping[str, Path], folder: Path) -> dict[str, Any]:
    """Draw one face anew and write it to `folder`; what the manifest says of it."""
    from fontTools.feaLib.builder import addOpenTypeFeaturesFromString
    from fontTools.fontBuilder import FontBuilder
    from fontTools.ttLib import TTFont

    source = sources[face.file]
    font, western = TTFont(source), TTFont(sources[face.western or face.file])
    drawn = _thickened(font, source, face.thicker) if any(face.thicker) else _drawn(font)
    drawn_western = drawn if western.reader.file.name == font.reader.file.name else _drawn(western)
    ours, theirs = font.getBestCmap(), western.getBestCmap()
    narrow = _narrow_quotes(font, ours)
    glyphs, advances, named = {".notdef": drawn(".notdef")}, {".notdef": font["hmtx"][".notdef"][0]}, {}
    for code in characters(face, ours):
        foreign = code < WESTERN and code in theirs
        if foreign or code in ours:
            name = named[code] = f"u{code:04X}"
            origin = theirs[code] if foreign else ours[code]
            glyphs[name] = (drawn_western if foreign else drawn)(origin)
            advances[name] = (western if foreign else font)["hmtx"][origin][0]
    narrow = {code: origin for code, origin in narrow.items() if code in named}
    for code, origin in narrow.items():
        glyphs[f"u{code:04X}.narrow"], advances[f"u{code:04X}.narrow"] = drawn(origin), font["hmtx"][origin][0]

    build = FontBuilder(EM, isTTF=True)
    build.setupGlyphOrder(list(glyphs))
    build.setupCharacterMap(named)
    build.setupGlyf(glyphs)
    build.setupHorizontalMetrics({name: (wide, getattr(glyphs[name], "xMin", 0)) for name, wide in advances.items()})
    build.setupHorizontalHeader(ascent=ABOVE, descent=BELOW, lineGap=0)
    build.setupNameTable({"familyName": face.family, "styleName": "Regular", "psName": face.family, "version": "1.0"})
    build.setupOS2(
        version=4,
        sTypoAscender=ABOVE, sTypoDescender=BELOW, sTypoLineGap=0, usWinAscent=ABOVE, usWinDescent=-BELOW,
        fsSelection=0x40 | 0x80, fsType=0, usWeightClass=400, xAvgCharWidth=EM,
    )  # fmt: skip
    build.setupPost(keepGlyphNames=False, underlinePosition=-100, underlineThickness=50)
    build.setupHead(unitsPerEm=EM, created=EPOCH, modified=EPOCH)
    build.font.recalcTimestamp = False
    if narrow:
        rules = "".join(f"  sub u{code:04X} by u{code:04X}.narrow;\n" for code in narrow)
        addOpenTypeFeaturesFromString(build.font, f"feature pwid {{\n{rules}}} pwid;\n")
    return _written(build, face.family, source, folder, len(glyphs))


def copy_rare(sources: Mapping[str, Path], song: Path, folder: Path) -> dict[str, Any]:
    """The faces of rare ideographs, of those sources that are there; what the manifest says of each."""
    from fontTools.ttLib import TTFont

    taken, made = set(TTFont(song, lazy=True).getBestCmap()), dict[str, Any]()
    for rare in RARE:
        if source := sources.get(rare.file):
            font, codes = copied(source, rare.family, taken, above=ABOVE, below=BELOW, created=EPOCH)
            made[rare.family] = _written(font, rare.family, source, folder, len(codes) + 1)
            taken.update(codes)
    return made


def _written(font: Any, family: str, source: Path, folder: Path, glyphs: int) -> dict[str, Any]:
    """Write a face to `folder`; what the manifest says of it."""
    path = folder / "faces" / f"{family}.ttf"
    path.parent.mkdir(parents=True, exist_ok=True)
    draft, whole = path.with_suffix(".new"), io.BytesIO()
    font.save(whole)
    whole.seek(0)
    with draft.open("wb", buffering=0) as file:
        shutil.copyfileobj(whole, file, PIECE)
    draft.replace(path)
    return {
        "file": f"faces/{path.name}",
        "sha256": _sha256_of(path),
        "from": source.name,
        "from_sha256": _sha256_of(source),
        "glyphs": glyphs,
    }


def coverage(folder: Path, whole: Mapping[str, Any]) -> list[tuple[str, int, int, int, dict[str, int]]]:
    """Block of ideographs → its first and last code point, how many are drawn, and of them by which face how many."""
    from fontTools.ttLib import TTFont

    drawn = {
        family: TTFont(folder / face["file"], lazy=True).getBestCmap()
        for family, face in every(whole).items()
        if family == "Song" or family in whole.get("rare", {})
    }
    found = []
    for name, first, last in BLOCKS:
        each = {family: sum(code in codes for code in range(first, last + 1)) for family, codes in drawn.items()}
        found.append(
            (name, first, last, sum(each.values()), {family: count for family, count in each.items() if count})
        )
    return found


def characters(face: Face, available: Mapping[int, str]) -> list[int]:
    """Code points of a face in the order of its glyphs: signs, the standard table, GB 2312, then what names need."""
    signs = [code for first, last in SIGNS for code in range(first, last + 1)]
    table = [ord(char) for char in (HERE / "standard_characters.txt").read_text() if char != "\n"]
    older = [
        ord(bytes((row, cell)).decode("gb2312", "ignore") or " ")
        for row in range(0xB0, 0xF8)
        for cell in range(0xA1, 0xFF)
    ]
    names = [code for first, last in IDEOGRAPHS for code in range(first, last + 1) if face.every_ideograph]
    return list(dict.fromkeys([*signs, *table, *older, *(code for code in names if code in available)]))


def _narrow_quotes(font: Any, names: Mapping[int, str]) -> dict[int, str]:
    """Quotation mark or dash → the narrow glyph the source offers for it under `pwid`."""
    if "GSUB" not in font:
        return {}
    table = font["GSUB"].table
    features = (record.Feature for record in table.FeatureList.FeatureRecord if record.FeatureTag == "pwid")
    found: dict[str, str] = {}
    for feature in features:
        for index in feature.LookupListIndex:
            for part in table.LookupList.Lookup[index].SubTable:
                found |= getattr(getattr(part, "ExtSubTable", part), "mapping", {})
    return {ord(char): found[names[ord(char)]] for char in QUOTES if names.get(ord(char)) in found}


def _drawn(font: Any) -> Any:
    """Glyph name → its outline in quadratic curves."""
    from fontTools.pens.cu2quPen import Cu2QuPen
    from fontTools.pens.ttGlyphPen import TTGlyphPen

    glyphs = font.getGlyphSet()

    def outline(name: str) -> Any:
        pen = TTGlyphPen(None)
        glyphs[name].draw(Cu2QuPen(pen, CLOSE, reverse_direction=True))
        return pen.glyph()

    return outline


def _thickened(font: Any, source: Path, strength: tuple[int, int]) -> Any:
    """As `_drawn`, with every stroke thicker by `strength` and the glyph where it was."""
    import freetype
    from fontTools.pens.cu2quPen import Cu2QuPen
    from fontTools.pens.ttGlyphPen import TTGlyphPen

    face = freetype.Face(str(source))

    def outline(name: str) -> Any:
        face.load_glyph(font.getGlyphID(name), freetype.FT_LOAD_NO_SCALE)
        drawing = face.glyph.outline
        freetype.FT_Outline_EmboldenXY(byref(drawing._FT_Outline), *strength)
        freetype.FT_Outline_Translate(byref(drawing._FT_Outline), -strength[0] // 2, -strength[1] // 2)
        pen = TTGlyphPen(None)
        contours = _Contours(Cu2QuPen(pen, CLOSE, reverse_direction=True))
        drawing.decompose(None, contours.move, contours.line, contours.conic, contours.cubic)
        contours.end()
        return pen.glyph()

    return outline


class _Contours:
    """Hands FreeType's account of an outline on to a pen, which wants to hear where a contour ends."""

    def __init__(self, pen: Any) -> None:
        self.pen, self.open = pen, False

    def move(self, to: Any, _: None) -> None:
        self.end()
        self.pen.moveTo((to.x, to.y))
        self.open = True

    def line(self, to: Any, _: None) -> None:
        self.pen.lineTo((to.x, to.y))

    def conic(self, by: Any, to: Any, _: None) -> None:
        self.pen.qCurveTo((by.x, by.y), (to.x, to.y))

    def cubic(self, by: Any, then: Any, to: Any, _: None) -> None:
        self.pen.curveTo((by.x, by.y), (then.x, then.y), (to.x, to.y))

    def end(self) -> None:
        if self.open:
            self.pen.closePath()
        self.open = False


def default_folder() -> Path:
    """Where `settings.FONTS_ROOT` points, told from the same variables: while setting up there are no settings yet."""
    variables = os.environ
    return Path(variables.get("FONTS_ROOT") or Path(variables.get("VAR_DIR") or HERE.parents[1] / "var") / "fonts")


def main(arguments: list[str]) -> int:
    folders = [Path(argument) for argument in arguments if not argument.startswith("--")]
    folder = folders[0] if folders else default_folder()
    if "--check" in arguments:
        return 0 if up_to_date(folder) else 1
    whole = make(folder)
    for family, face in every(whole).items():
        sys.stdout.write(f"{family:5} {face['glyphs']:6} glyphs, sha256 {face['sha256'][:16]}, from {face['from']}\n")
    for family in stand_ins(whole):
        sys.stdout.write(f"{family:5} could not be made: no {PACKAGE} to be had here. Song stands in for it.\n")
    for name, first, last, count, by in coverage(folder, whole):
        said = ", ".join(f"{family} {each}" for family, each in by.items())
        sys.stdout.write(f"U+{first:04X} to U+{last:04X} {name}: {count} of {last - first + 1} drawn ({said})\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
