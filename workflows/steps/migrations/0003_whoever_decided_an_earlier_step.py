"""Each open task knows who has decided an earlier step of the same way up; those open now learn it here."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


def tell_open_tasks(apps, schema_editor):
    """Of today's editions none says anything but that one person may decide again: nobody is barred."""
    StepTask, Opinion = apps.get_model("steps", "StepTask"), apps.get_model("matters", "Opinion")
    EarlierDecision = apps.get_model("steps", "EarlierDecision")
    tasks = StepTask.objects.filter(closed_at=None, waits=False).exclude(excluded=None, seat="")
    for task in tasks.select_related("matter").iterator():
        agreed = {}
        for opinion in Opinion.objects.filter(matter=task.matter_id).order_by("pk"):
            if opinion.verdict == "submit" and not opinion.resumed:
                agreed = {}
            elif opinion.verdict == "agree":
                agreed[opinion.step, opinion.seat] = opinion
        agreed.pop((task.matter.state, task.seat), None)
        EarlierDecision.objects.bulk_create(
            EarlierDecision(task=task, person_id=person, step=step, seat=seat)
            for (step, seat), opinion in agreed.items()
            for person in {opinion.person_id, opinion.on_behalf_of_id} - {None}
        )


class Migration(migrations.Migration):
    dependencies = [
        ("matters", "0004_a_submission_may_go_straight_back"),
        ("steps", "0002_alarms_and_calendar"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="EarlierDecision",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("step", models.CharField(max_length=24)),
                ("seat", models.CharField(blank=True, max_length=24)),
                ("bars", models.BooleanField(default=False)),
                (
                    "person",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "task",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="earlier", to="steps.steptask"
                    ),
                ),
            ],
            options={
                "ordering": ["pk"],
                "constraints": [
                    models.UniqueConstraint(fields=("task", "person", "step", "seat"), name="one_row_per_earlier_decision")
                ],
            },
        ),
        migrations.RunPython(tell_open_tasks, migrations.RunPython.noop, elidable=True),
    ]
