#!/bin/sh
# Expected: with FSMField(protected=True) and FSMModelMixin nothing but a transition changes a state, whatever
#           else happens in the process.
# Happens:  django-fsm-2 4.2.4 lets refresh_from_db() work by switching the protection off on the field, which is
#           one object for all rows and threads, and on again afterwards, without "finally". While one thread
#           refreshes, every thread may assign any state; and after one refresh that fails, say of a row somebody
#           has deleted, nothing in this process is protected any more.
# Matters:  "protected" is what keeps an approval from being assigned instead of decided. Load the row anew
#           instead of refreshing it.
set -eu
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
python3 -m venv "$room/venv"
"$room/venv/bin/pip" install --quiet django==5.2.19 django-fsm-2==4.2.4
"$room/venv/bin/python" - <<'PYTHON'
import sys
from importlib.metadata import version

import django
from django.conf import settings

settings.configure(DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}})
django.setup()
from django.db import connection, models
from django_fsm import FSMField, FSMModelMixin


class Matter(FSMModelMixin, models.Model):
    state = FSMField(default="draft", protected=True)

    class Meta:
        app_label = "office"


with connection.schema_editor() as editor:
    editor.create_model(Matter)


def assigning():
    """What becomes of a matter whose state is assigned."""
    matter = Matter()
    try:
        matter.state = "approved"
    except AttributeError as error:
        return f"refused: {error}"
    return matter.state


print("django-fsm-2", version("django-fsm-2"))
before = assigning()
gone = Matter.objects.create()
Matter.objects.all().delete()
try:
    gone.refresh_from_db()
except Matter.DoesNotExist:
    print("refresh_from_db() of a deleted row: DoesNotExist, as it should be")
after = assigning()
print('another matter.state = "approved", before:', before)
print('another matter.state = "approved", after: ', after)
holds = before.startswith("refused") and after == "approved"
print("As described." if holds else "This has CHANGED.")
sys.exit(not holds)
PYTHON
