#!/bin/sh
# Expected: paragraph.text is what Word shows of the paragraph, or at least what it says once all changes are
#           accepted; python-docx keeps deleted text out of it, so it seems to know about changes.
# Happens:  python-docx 1.2.0 leaves out what was put in with "track changes" as well: a paragraph whose 3 was
#           struck out and replaced by 8 reads 预算为万元. Neither old nor new figure, and no sign of a gap.
# Matters:  drafts go through many hands with changes tracked; compared or searched by .text, the one figure
#           everybody argued about is the one that is missing.
set -eu
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
python3 -m venv "$room/venv"
"$room/venv/bin/pip" install --quiet python-docx==1.2.0
"$room/venv/bin/python" - <<'PYTHON'
import io, sys
from importlib.metadata import version

import docx
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls

WHO = f'{nsdecls("w")} w:author="林晓" w:date="2026-11-01T10:00:00Z"'
draft = docx.Document()
paragraph = draft.add_paragraph("预算为")
paragraph._p.append(parse_xml(f'<w:del {WHO} w:id="1"><w:r><w:delText>3</w:delText></w:r></w:del>'))
paragraph._p.append(parse_xml(f'<w:ins {WHO} w:id="2"><w:r><w:t>8</w:t></w:r></w:ins>'))
paragraph.add_run("万元")
draft.save(file := io.BytesIO())

(read,) = docx.Document(file).paragraphs
print("python-docx", version("python-docx"))
print("Word shows, changes accepted: 预算为8万元")
print("paragraph.text:              ", read.text)
print("its runs:                    ", [run.text for run in read.runs])
holds = read.text == "预算为万元"
print("As described." if holds else "This has CHANGED.")
sys.exit(not holds)
PYTHON
