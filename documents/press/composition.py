"""Chinese typesetting that WeasyPrint 70 lacks: full justification, and punctuation that hangs in the margin.

WeasyPrint justifies by stretching spaces, which Chinese has none of, and where a comma does not fit
it takes the character before it to the next line too. Here a justified line is spread over all its
characters, and one closing mark may stand outside the line's end, as a compositor would have it.
That no line begins with a closing mark or ends with an opening one, Pango sees to by itself; the
points within names, dashes that join and signs of units it is told about (GB/T 15834).

Three private functions of WeasyPrint are replaced, hence the exact version in requirements.txt;
`tests/documents/test_geometry.py` measures the printed lines and fails when a new version moves
them. Only the press imports this module (see process.py), and it touches Chinese text only.
"""

from __future__ import annotations

import re
from typing import Any

import weasyprint
from weasyprint.formatting_structure import boxes
from weasyprint.layout import inline
from weasyprint.text import line_break
from weasyprint.text.ffi import TO_UNITS, ffi, pango

WRITTEN_FOR = "70."
HANGING = "，。、；：！？"  # one of these may hang; their ink fills the left half of their square

WIDEST = 0.5  # a gap, in widths of a character: a line that would have wider ones stays short

_LATIN = "!-~¥€£°±×÷‰℃−≤≥À-ÖØ-öø-ɏḀ-ỿ０-９Ａ-Ｚａ-ｚ％"
# letters and digits, which keep together
WORD = re.compile(rf"(?:[{_LATIN}]|(?<=[{_LATIN}])[’～—·](?=[{_LATIN}])){{2,}}")
# what fits at a line's end but for its mark: a character or a word, with the brackets closed behind it
PIECE = re.compile(rf"[^\s{HANGING}][^\s{HANGING}\u2e80-\u2fff\u3400-\u9fff]{{0,40}}[{HANGING}]")
BOUND = re.compile(r"(?<=\S)(?:[·～㎡％‰℃]|—(?!—))|(?<=\d)[年月日号时分]")  # what stays with the character before it

_split, _set_text = inline.split_first_line, line_break.Layout.set_text


class Unfit(RuntimeError):
    """Another WeasyPrint is installed than the one these functions were written for."""


def install() -> None:
    """Replace the three functions; more than once is once. Raises Unfit."""
    if not weasyprint.__version__.startswith(WRITTEN_FOR):
        raise Unfit(f"WeasyPrint {weasyprint.__version__} instead of {WRITTEN_FOR}*")
    ffi.cdef("PangoAttribute * pango_attr_allow_breaks_new (gboolean allow_breaks);", override=True)
    inline.split_first_line = split_first_line
    inline.justify_line = justify_line
    line_break.Layout.set_text = set_text


def is_chinese(style: Any) -> bool:
    return (style["lang"] or "").startswith("zh")


def is_set(style: Any) -> bool:
    """Whether it is Chinese whose lines are to fill their measure."""
    return style["text_align_all"] == "justify" and is_chinese(style)


# --- one mark may hang ---------------------------------------------------------------------------------


def split_first_line(
    text: str, style: Any, context: Any, max_width: float | None, justification_spacing: float, **options: Any
) -> Any:
    """As WeasyPrint's, but where the line would be cut before `字。` or `2026。` it keeps it and lets the mark hang.

    The width told is that without the mark, so that the rest of the line ends at its edge.
    """
    line = _split(text, style, context, max_width, justification_spacing, **options)
    resume = line[2]
    if resume is None or max_width is None or not is_set(style):
        return line
    piece = PIECE.match(text.encode()[resume:].decode())
    if piece is None:
        return line
    square = style["font_size"] + spacing_of(style)
    longer = _split(text, style, context, max_width + square, justification_spacing, **options)
    layout, length, resume, width, height, baseline = longer
    if layout.text.endswith(piece.group()) and width - square <= max_width + 0.01:
        layout.hangs = True
        return layout, length, resume, width - square, height, baseline
    return line


def spacing_of(style: Any) -> float:
    return 0 if style["letter_spacing"] == "normal" else style["letter_spacing"]


# --- the line fills its measure --------------------------------------------------------------------------


def justify_line(context: Any, line: Any, extra_width: float) -> None:
    """Spread `extra_width` (px) over a line's gaps; only between words where it has no Chinese."""
    if not is_set(line.style):
        if spaces := inline.count_expandable_spaces(line):
            inline.add_word_spacing(context, line, extra_width / spaces, 0)
        return
    pulls = _pulls(line)
    gaps = _gaps(pulls[:-1] if _hangs(line) else pulls)
    if gaps > 0 and extra_width <= gaps * WIDEST * line.style["font_size"]:
        spacing = extra_width / gaps
        _spread(context, line, spacing, -spacing * pulls[0] / 2)


def _pulls(box: Any) -> list[int]:
    """For every character of the box: 1 where the line may open beside it, 0 within a word of letters or a number."""
    if isinstance(box, boxes.TextBox):
        pulls = [1] * len(box.text)
        for word in WORD.finditer(box.text):
            pulls[word.start() : word.end()] = [0] * len(word.group())
        return pulls
    if isinstance(box, boxes.LineBox | boxes.InlineBox):
        return [pull for child in _in_line(box) for pull in _pulls(child)]
    return []


def _gaps(pulls: list[int]) -> float:
    """How often the spacing is added between the first and the last of them. Pango puts one half before and one half
    behind a character, and neither at an end: beside a number there is half a gap."""
    return sum(pulls) - (pulls[0] + pulls[-1]) / 2 if pulls else 0


def _hangs(box: Any) -> bool:
    """Whether the line's last mark stands outside: the text is then wider than the box says."""
    while isinstance(box, boxes.LineBox | boxes.InlineBox) and box.children:
        box = box.children[-1]
    return isinstance(box, boxes.TextBox) and getattr(box.pango_layout, "hangs", False)


def _spread(context: Any, box: Any, spacing: float, advance: float) -> float:
    """Move every box of the line right by what the characters before it gained; returns what was gained in all."""
    if not (pulls := _pulls(box)):  # no text in it
        box.translate(advance, 0)
        return advance
    box.position_x += advance + spacing * pulls[0] / 2
    box.width += spacing * _gaps(pulls)
    if isinstance(box, boxes.TextBox):
        layout = line_break.create_layout(box.text, box.style, context, None, spacing)
        layout.hangs = getattr(box.pango_layout, "hangs", False)
        layout.deactivate()
        box.pango_layout = layout
        return advance + spacing * sum(pulls)
    for child in _in_line(box):
        advance = _spread(context, child, spacing, advance)
    return advance


def _in_line(box: Any) -> list[Any]:
    return [child for child in box.children if child.is_in_normal_flow()]


def set_text(self: Any, text: str, justify: bool = False) -> None:
    """As WeasyPrint's; when a justified line is drawn, its spacing goes between characters instead of words."""
    spacing = self.justification_spacing if justify else 0
    if spacing and is_set(self.style):
        _set_spaced(self, text, spacing)
    else:
        _set_text(self, text, justify)
    if is_chinese(self.style):
        for bound in BOUND.finditer(self.text):
            whole = pango.pango_attr_allow_breaks_new(False)
            _say(self, whole, bound.start() - 1, bound.end(), pango.pango_attr_list_insert)


def _set_spaced(self: Any, text: str, spacing: float) -> None:
    whole, natural = self.style, spacing_of(self.style)
    self.style = _Spaced(whole, natural + spacing)
    try:
        _set_text(self, text)
    finally:
        self.style = whole
    for word in WORD.finditer(self.text):
        kept = pango.pango_attr_letter_spacing_new(int(natural * TO_UNITS))
        _say(self, kept, *word.span(), pango.pango_attr_list_change)


def _say(self: Any, attribute: Any, start: int, end: int, put: Any) -> None:
    """Tell Pango something about a part of the text, from one character to another.

    `put`: whether it is to be `change`d there, or `insert`ed; what is changed melts with the same beside it.
    """
    attributes = pango.pango_layout_get_attributes(self.layout)
    if attributes == ffi.NULL:
        attributes = ffi.gc(pango.pango_attr_list_new(), pango.pango_attr_list_unref)
    attribute.start_index = len(self.text[:start].encode())
    attribute.end_index = attribute.start_index + len(self.text[start:end].encode())
    put(attributes, attribute)
    pango.pango_layout_set_attributes(self.layout, attributes)


class _Spaced:
    """A style with another letter spacing."""

    def __init__(self, style: Any, letter_spacing: float) -> None:
        self._style, self._letter_spacing = style, letter_spacing

    def __getitem__(self, name: str) -> Any:
        return self._letter_spacing if name == "letter_spacing" else self._style[name]

    def __getattr__(self, name: str) -> Any:
        return getattr(self._style, name)
