#!/bin/sh
# Expected: request.FILES carries the name the browser sent, less any folders.
# Happens:  the multipart parser of Django 5.2.19 drops every character that str.isprintable() denies. For Python
#           that is every blank but U+0020: the full-width blank of Chinese input methods (U+3000) and the no-break
#           blank go too, and nothing stands in their place. It also decodes HTML: &amp; in a name becomes &.
# Matters:  活动　方案.pdf and 活动方案.pdf are two files on somebody's disk and one name in the office. No later
#           validation can tell, because the name is changed before any form sees it.
set -eu
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
python3 -m venv "$room/venv"
"$room/venv/bin/pip" install --quiet django==5.2.19
"$room/venv/bin/python" - <<'PYTHON'
import sys

import django
from django.conf import settings

settings.configure()
django.setup()
from django.test import RequestFactory


def arrives(name):
    """What request.FILES calls a file that was sent as , in the bytes a browser sends."""
    body = (
        f'--B\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n'
        "Content-Type: text/plain\r\n\r\nx\r\n--B--\r\n"
    ).encode()
    request = RequestFactory().generic("POST", "/", body, content_type="multipart/form-data; boundary=B")
    return request.FILES["file"].name


print("Django", django.get_version())
seen = {name: arrives(name) for name in (
    "方案（终稿）.txt", "活动 方案.txt", "活动　方案.txt", "活动\u00a0方案.txt", "研发&amp;设计.txt")}
for sent, came in seen.items():
    print(f"sent {sent!r}, arrived {came!r}", "" if sent == came else "  <- changed")
holds = [sent == came for sent, came in seen.items()] == [True, True, False, False, False]
print("As described." if holds else "This has CHANGED.")
sys.exit(not holds)
PYTHON
