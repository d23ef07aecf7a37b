"""Every word the product says exists in Chinese and in English, and no word escapes translation."""

import io
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from babel.messages.extract import extract
from babel.messages.pofile import read_po
from django.conf import settings
from django.utils.translation.template import templatize

pytestmark = pytest.mark.once

ROOT = Path(settings.BASE_DIR)
HOUSES = ("project", "workflows", "forms", "documents")
KEYWORDS = {
    "_": None, "gettext": None, "gettext_lazy": None, "gettext_noop": None,
    "ngettext": (1, 2), "ngettext_lazy": (1, 2), "pgettext": ((1, "c"), 2), "pgettext_lazy": ((1, "c"), 2),
    "npgettext": ((1, "c"), 2, 3),
}  # fmt: skip
HAN = re.compile(r"[\u4e00-\u9fff]")
SLOT = re.compile(r"%\((\w+)\)")
# the same in both languages: names of formats, keys on a keyboard, units
# and each language by its own name, for whoever reads only that
SAME = {
    "PDF", "CSV", "SHA", "QR", "CNY", "Enter", "Esc", "DOCX", "XLSX", "PPTX", "PNG", "JPG", "WEBP", "TXT", "MiB",
    "简体中文", "English",
}  # fmt: skip
IN_A_TAG = "main_class|advances"  # blocks of attributes, which nobody reads


def sources():
    """(path, what is marked for translation there) for every module and template."""
    for house in HOUSES:
        for path in sorted((ROOT / house).rglob("*")):
            if path.suffix == ".py" and "migrations" not in path.parts:
                text = path.read_text()
            elif path.suffix == ".html":
                # indentation means nothing in a page, and an error in Python
                text = "\n".join(line.strip() for line in templatize(path.read_text()).splitlines())
            else:
                continue
            found = extract("python", io.BytesIO(text.encode()), keywords=KEYWORDS)
            for _line, message, _comments, context in found:
                yield path.relative_to(ROOT), message, context


def first(message):
    return message[0] if isinstance(message, tuple | list) else message


MESSAGES = sorted({(first(message), context) for _path, message, context in sources() if first(message)}, key=str)
TEMPLATES = sorted(path.relative_to(ROOT) for house in HOUSES for path in (ROOT / house).rglob("*.html"))


@pytest.fixture(scope="module")
def chinese():
    path = ROOT / "project/locale/zh_Hans/LC_MESSAGES/django.po"
    with path.open("rb") as file:
        return read_po(file, locale="zh_Hans_CN")


def test_every_string_has_its_chinese(chinese):
    missing = [
        message
        for message, context in MESSAGES
        if (entry := chinese.get(message, context)) is None or not first(entry.string) or entry.fuzzy
    ]

    assert missing == []


def test_a_translation_is_chinese_and_fills_the_same_slots(chinese):
    wrong = []
    for message, context in MESSAGES:
        entry = chinese.get(message, context)
        if entry is None:
            continue
        for translated in entry.string if isinstance(entry.string, tuple | list) else [entry.string]:
            # without a Chinese word it may hold slots and punctuation ("To %(unit)s:" → "%(unit)s："), no English
            english = re.findall(r"[A-Za-z]{2,}", re.sub(r"%\(\w+\)[a-z]|<[^>]*>", "", translated))
            said = HAN.search(translated) or set(english) <= SAME
            if not said or set(SLOT.findall(translated)) != set(SLOT.findall(message)):
                wrong.append((message, translated))

    assert wrong == []


def test_the_source_of_every_string_is_english():
    assert [message for message, _ in MESSAGES if HAN.search(message)] == []


class _Words(HTMLParser):
    """Text a reader would see, outside of every translation tag."""

    SPOKEN = ("title", "placeholder", "alt", "aria-label")

    def __init__(self):
        super().__init__()
        self.silent, self.found = 0, []

    def handle_starttag(self, tag, attrs):
        self.silent += tag in ("style", "script")
        self.found += [value for name, value in attrs if name in self.SPOKEN and value]

    def handle_endtag(self, tag):
        self.silent -= tag in ("style", "script")

    def handle_data(self, data):
        if not self.silent:
            self.found.append(data)


@pytest.mark.parametrize("template", TEMPLATES, ids=str)
def test_no_word_of_a_page_escapes_translation(template):
    text = (ROOT / template).read_text()
    text = re.sub(r"{%\s*comment.*?endcomment\s*%}|{#.*?#}", "", text, flags=re.DOTALL)
    text = re.sub(r"{%\s*(blocktranslate|blocktrans)\b.*?{%\s*end\1\s*%}", "", text, flags=re.DOTALL)
    text = re.sub(rf"{{%\s*block\s+({IN_A_TAG})\s*%}}.*?{{%\s*endblock[^%]*%}}", "", text, flags=re.DOTALL)
    text = re.sub(r"{%.*?%}|{{.*?}}", "", text, flags=re.DOTALL)
    reader = _Words()
    reader.feed(text)
    words = re.findall(r"[A-Za-z]{2,}|[\u4e00-\u9fff]+", " ".join(reader.found))

    assert [word for word in words if word not in SAME] == []
