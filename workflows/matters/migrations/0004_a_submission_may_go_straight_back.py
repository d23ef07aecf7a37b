"""Which submissions went straight back to where the matter was returned from, as far as the trail tells."""

from django.db import migrations, models


def tell_from_the_trail(apps, schema_editor):
    Opinion, Entry = apps.get_model("matters", "Opinion"), apps.get_model("trail", "Entry")
    submissions = Opinion.objects.filter(verdict="submit")
    lines = Entry.objects.filter(matter__in=submissions.values("matter")).exclude(rules=[])
    resumed = {
        (line.matter_id, line.seq)
        for line in lines.only("matter", "seq", "rules").iterator()
        if any(rule["key"] == "resume" for rule in line.rules)
    }
    found = [row.pk for row in submissions.only("matter", "seq") if (row.matter_id, row.seq) in resumed]
    for start in range(0, len(found), 500):
        Opinion.objects.filter(pk__in=found[start : start + 500]).update(resumed=True)


class Migration(migrations.Migration):
    dependencies = [("matters", "0003_a_workflow_says_where_it_begins"), ("trail", "0001_initial")]

    operations = [
        migrations.AddField(model_name="opinion", name="resumed", field=models.BooleanField(default=False)),
        migrations.RunPython(tell_from_the_trail, migrations.RunPython.noop, elidable=True),
    ]
