#!/bin/sh
# Expected: docx2python, chosen because it writes out the automatic numbers of lists which others drop, writes
#           一、 and 二、 where Word shows them, as it writes 1) and a) for others.
# Happens:  docx2python 3.7.1 knows no Chinese numbers. For the format chineseCountingThousand, the usual one of
#           official documents, it puts "--" in their place, for every item the same, and only warns.
# Matters:  "see item 三" of an official document points at nothing: three items read alike.
set -eu
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
python3 -m venv "$room/venv"
"$room/venv/bin/pip" install --quiet docx2python==3.7.1 python-docx==1.2.0
"$room/venv/bin/python" - "$room/official.docx" <<'PYTHON'
import sys, warnings
from importlib.metadata import version

import docx
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls
from docx2python import docx2python

W = nsdecls("w")


def listed(document, number, form, label, *items):
    """A list as Word numbers it, by the number format and the label it has in the file."""
    kept = document.part.numbering_part.element
    kept.insert(0, parse_xml(
        f'<w:abstractNum {W} w:abstractNumId="{number}"><w:lvl w:ilvl="0"><w:start w:val="1"/>'
        f'<w:numFmt w:val="{form}"/><w:lvlText w:val="{label}"/></w:lvl></w:abstractNum>'))
    kept.append(parse_xml(f'<w:num {W} w:numId="{number}"><w:abstractNumId w:val="{number}"/></w:num>'))
    for item in items:
        ours = document.add_paragraph(item)._p.get_or_add_pPr()
        ours.append(parse_xml(f'<w:numPr {W}><w:ilvl w:val="0"/><w:numId w:val="{number}"/></w:numPr>'))


document = docx.Document()
listed(document, 90, "chineseCountingThousand", "%1、", "活动背景", "活动预算")
listed(document, 91, "decimal", "%1)", "舞台", "灯箱")
document.save(sys.argv[1])
with warnings.catch_warnings(record=True) as warned:
    warnings.simplefilter("always")
    with docx2python(sys.argv[1]) as read:
        lines = [line for line in read.text.splitlines() if line]
print("docx2python", version("docx2python"))
print("Word shows: 一、活动背景 · 二、活动预算 · 1)舞台 · 2)灯箱")
print("read:      ", lines)
print("warned:    ", [str(warning.message) for warning in warned][:1])
holds = lines == ["--\t活动背景", "--\t活动预算", "1)\t舞台", "2)\t灯箱"]
print("As described." if holds else "This has CHANGED.")
sys.exit(not holds)
PYTHON
