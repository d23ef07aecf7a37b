#!/bin/sh
# Expected: Split().Next(node, data_source=...) opens one task for every item, as the docstring of Split says in
#           django-viewflow 2.4.0 and shows in its example.
# Happens:  the open package's Next() has no such argument: TypeError, and the same for task_data_source.
# Matters:  a countersign of as many seats as the rules ask for, or a task for each store, is drawn on this
#           promise. It has to be built of a node of one's own.
set -eu
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
python3 -m venv "$room/venv"
"$room/venv/bin/pip" install --quiet django==5.2.19 django-viewflow==2.4.0
"$room/venv/bin/python" - <<'PYTHON'
import sys
from importlib.metadata import version

import django
from django.conf import settings

settings.configure(
    INSTALLED_APPS=["django.contrib.auth", "django.contrib.contenttypes", "viewflow", "viewflow.workflow"],
    DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}},
)
django.setup()
from viewflow import this
from viewflow.workflow import flow

print("django-viewflow", version("django-viewflow"))
promised = [line.strip() for line in flow.Split.__doc__.splitlines() if "data_source" in line]
print("its docstring:", *promised, sep="\n    ")
refused = {}
for name in ("data_source", "task_data_source"):
    try:
        flow.Split().Next(this.sign, **{name: lambda activation: [{"seat": "finance"}, {"seat": "legal"}]})
    except TypeError as error:
        refused[name] = error
    print(f"Next(..., {name}=...):", repr(refused.get(name, "taken")))
holds = len(refused) == 2 and bool(promised)
print("As described." if holds else "This has CHANGED.")
sys.exit(not holds)
PYTHON
