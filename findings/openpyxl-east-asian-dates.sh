#!/bin/sh
# Expected: whoever reads a workbook with openpyxl gets a date where Excel shows one.
# Happens:  ECMA-376 (18.8.30) gives the number formats 27-36 and 50-58 to East Asian dates. Excel and WPS in
#           Chinese write them as bare numbers (numFmtId="31" is 2026年12月20日) without describing them in the
#           file. openpyxl 3.1.5 does not count them among dates and returns 46376, without a warning;
#           python-calamine 0.9.1 returns the date.
# Matters:  a budget or holiday schedule that came as a workbook is read with numbers for days, and only in
#           files made by Chinese offices, so that no test with a file of one's own finds it.
set -eu
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
python3 -m venv "$room/venv"
"$room/venv/bin/pip" install --quiet openpyxl==3.1.5 python-calamine==0.9.1
"$room/venv/bin/python" - <<'PYTHON'
import io, re, sys, zipfile
from datetime import date
from importlib.metadata import version

from openpyxl import Workbook, load_workbook
from python_calamine import CalamineWorkbook

made = Workbook()
made.active["A1"] = date(2026, 12, 20)
made.save(plain := io.BytesIO())


def in_format(number):
    """The same workbook, its one date in a built-in format."""
    with zipfile.ZipFile(plain) as old, zipfile.ZipFile(new := io.BytesIO(), "w") as written:
        for name in old.namelist():
            part = old.read(name)
            if name == "xl/styles.xml":  # no format described, one referred to: as Excel does for built-in ones
                text = re.sub("<numFmts.*?</numFmts>", "", part.decode())
                part = text.replace('numFmtId="164"', f'numFmtId="{number}"').encode()
            written.writestr(name, part)
    new.seek(0)
    return new


print("openpyxl", version("openpyxl"), "· python-calamine", version("python-calamine"))
seen = {}
for number in (14, *range(27, 37), *range(50, 59)):
    ours = load_workbook(in_format(number)).active["A1"].value
    theirs = CalamineWorkbook.from_filelike(in_format(number)).get_sheet_by_index(0).to_python()[0][0]
    seen[number] = (ours, theirs)
    print(f"format {number}: openpyxl {ours!r}, calamine {theirs!r}")
asian = [pair for number, pair in seen.items() if number != 14]
holds = all(pair == (46376, date(2026, 12, 20)) for pair in asian) and seen[14][0].date() == date(2026, 12, 20)
print("As described." if holds else "This has CHANGED.")
sys.exit(not holds)
PYTHON
