"""What a press remembers from paper to paper (economy.py) rests on what our sheets and drawings keep to.

That a paper's bytes do not hang on those printed before it: test_archive.py.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

import documents
from documents.press.economy import LAST
from documents.press.seals import drawn
from tests.examples import few_or

pytestmark = pytest.mark.once

SHEETS = {path.name: path.read_text() for path in (Path(documents.__file__).parent / "styles").glob("*.css")}


def rules(sheet: str) -> list[str]:
    """What its rules ask for, without what is said of pages."""
    plain = re.sub(r"/\*.*?\*/", "", sheet, flags=re.DOTALL)
    while "@page" in plain:
        plain = re.sub(r"@page[^{}]*\{(?:[^{}]|\{[^{}]*\})*\}", "", plain)
    return [each.strip() for part in re.findall(r"([^{}]+)\{", plain) for each in part.split(",")]


def test_no_length_hangs_on_the_page_and_every_page_has_one_size() -> None:
    hanging = re.compile(r"\d(?:vw|vh|vi|vb|vmin|vmax|cq\w+)\b|\b(?:html|body)\b[^{}]*\{[^}]*\boverflow(?:-[xy])?:")
    sizes = [found for sheet in SHEETS.values() for found in re.findall(r"@page[^{]*\{[^}]*?\bsize:\s*([^;]+);", sheet)]

    assert {name: hanging.findall(sheet) for name, sheet in SHEETS.items() if hanging.search(sheet)} == {}
    assert set(sizes) == {"210mm 297mm"}


def test_no_rule_asks_for_what_a_place_does_not_know() -> None:
    from_the_end = re.compile(r":nth-last-child\(-n\+(\d)\)")
    told = {rule for sheet in SHEETS.values() for rule in rules(sheet)}
    asked = {from_the_end.sub(":last-child", rule) for rule in told}
    known = re.compile(r"[\w.#>+*\s-]|::(?:before|after)|:lang\(\w+\)|:first-child|:last-child")
    beyond_the_one_before = re.compile(r"\+[^+]*\+|(?:#\S+|:last-child)\s*\+")

    assert {left for rule in asked if (left := known.sub("", rule))} == set()
    assert max(int(count) for rule in told for count in from_the_end.findall(rule)) <= LAST
    assert {rule for rule in asked if beyond_the_one_before.search(rule)} == set()


def test_a_seal_is_drawn_of_outlines_only() -> None:
    seal = ElementTree.fromstring(drawn("星桥数码集团", "合同专用章"))

    assert {part.tag.rpartition("}")[2] for part in seal.iter()} == {"svg", "g", "circle", "path"}
    assert not re.search(r"opacity|url\(|marker|filter|clip|mask", ElementTree.tostring(seal, "unicode"))


MADE_UP = """
import random, re
from pathlib import Path
from documents.press import __main__ as child
child.configure()
from weasyprint.css.properties import INITIAL_VALUES
from weasyprint.css.targets import TargetCollector
from documents.press import economy
from documents.press import render
from documents.looks import FAMILIES

draw = random.Random(20261125)
told = "".join(path.read_text() for path in render.STYLES.glob("*.css"))
CLASSES = [*sorted(set(re.findall(r"[.]([a-z][\\w-]*)", told))), None, None]
TAGS = ["div", "p", "p", "span", "h1", "h2", "h3", "ol", "li", "dl", "dt", "dd", "section", "main", "img", "br", "small"]

def element(depth):
    tag, within = draw.choice(TAGS), ""
    if depth:
        within = table() if draw.random() < 0.2 else "".join(element(depth - 1) for _ in range(draw.randrange(5)))
    return "<%s%s>%s</%s>" % (tag, attributes(draw.choice(CLASSES)), within, tag)

def attributes(of_class):
    said = {"class": of_class, "id": draw.choice([None] * 9 + ["foot", "end"]),
            "lang": draw.choice([None] * 9 + ["en", "zh"]), "style": draw.choice([None] * 9 + ["width: 3mm"])}
    return "".join(' %s="%s"' % pair for pair in said.items() if pair[1])

def table():
    row = lambda: "<tr>%s</tr>" % ("<td%s>1</td>" % attributes(draw.choice(CLASSES)) * draw.randrange(1, 4))
    return "<table%s><tbody>%s</tbody></table>" % (attributes(draw.choice(CLASSES)), "".join(row() for _ in range(draw.randrange(1, 8))))

def plain():
    tags, said = draw.choices(["p", "table", "h3"], k=3), [""] * 6 + [' style="width: 3mm"', ' lang="en"', ' id="end"']
    within = "".join("<%s%s/>" % (tag, draw.choice(said)) for tag in tags[draw.randrange(3):])
    return "<main>%s</main>" % within if draw.random() < 0.5 else within

def styles(reckon, page, sheets):
    asked, anchors = object.__new__(economy.StyleFor), TargetCollector()
    reckon(asked, page, sheets, False, fonts, anchors)
    numbers = {element: number for number, element in enumerate(page.etree_element.iter())}
    told = {(numbers[element], part): {name: style[name] for name in INITIAL_VALUES}
            for (element, part), style in asked._computed_styles.items()}
    return told, set(anchors.target_lookup_items)

fonts, sheets = render._workshop()
remembered = 0
for count in range(COUNT):
    alike = count % 4  # three of four are so plain that they are met again
    body = plain() if alike else "".join(element(3) for _ in range(3))
    page = render.Page('<html lang="%s"><body>%s</body></html>' % (draw.choice(["zh-hans", "en"]), body))
    family = draw.choice(["sheet", "notice"] if alike else sorted(FAMILIES))
    in_use = [(sheets["base"], "user agent", None), (sheets[family], "user", None)]
    before = len(economy._places)
    ours = styles(economy.style_for, page, in_use)
    remembered += len(economy._places) == before
    assert ours == styles(economy._style_for, page, in_use), (family, body)
print(remembered)
"""


@pytest.mark.long
def test_an_element_has_the_style_weasyprint_would_reckon_for_it(as_a_press: Any) -> None:
    """Two hundred documents, or two thousand, of whatever our sheets have rules for."""
    count = few_or(200, 2000)
    said = as_a_press(MADE_UP.replace("COUNT", str(count)))

    assert said.stderr == ""
    assert int(said.stdout) > count / 20  # so many had nothing new
