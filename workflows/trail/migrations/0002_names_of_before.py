"""Whoever was renamed before names were kept gets the names back that the trail tells.

Each renaming in the administration left a line with the name before and after it. A name where there was
none is no other name; but a post without a title was called by its role.
"""

from django.db import migrations

NAMES = {"unit": ("name", "name_en"), "person": ("name", "name_en"), "post": ("title", "title_en")}


def read_from_the_trail(apps, schema_editor):
    alias = schema_editor.connection.alias
    entries = apps.get_model("trail", "Entry").objects.using(alias)
    for label, columns in NAMES.items():
        start = f"organisation.{label}/"
        renamings = {}  # key → its lines, newest first
        lines = entries.filter(matter=None, action="change", subject__startswith=start).order_by("-seq")
        for subject, at, changes in lines.values_list("subject", "at", "changes").iterator():
            if any(column in changes and (label == "post" or changes[column][0]) for column in columns):
                renamings.setdefault(subject.removeprefix(start), []).append((at, changes))
        rows = apps.get_model("organisation", label).objects.using(alias)
        for row in rows.filter(pk__in=[int(key) for key in renamings if key.isdecimal()]):
            names, former = [getattr(row, column) for column in columns], []
            for at, changes in renamings[str(row.pk)]:
                names = [changes[c][0] if c in changes else name for c, name in zip(columns, names, strict=True)]
                former.insert(0, [at.isoformat(), *(name or "" for name in names)])
            row.former_names = former
            row.once_called = "\n".join(dict.fromkeys(name for _until, *names in former for name in names if name))
            row.save(update_fields=["former_names", "once_called"])


class Migration(migrations.Migration):
    dependencies = [("trail", "0001_initial"), ("organisation", "0004_former_names")]

    operations = [migrations.RunPython(read_from_the_trail, migrations.RunPython.noop)]
