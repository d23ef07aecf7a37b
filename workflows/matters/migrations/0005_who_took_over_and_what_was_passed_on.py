"""Who took a matter over from a leaver, what was passed on by whom to whom, and when that lapsed.

What was passed on before is read from the trail and the mandates, for the lists of both people.
Care and tasks taken over from leavers were told by name only; they stay on the trail.
"""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


def list_what_was_passed_on(apps, schema_editor):
    Entry, Mandate, Handover = (
        apps.get_model("trail", "Entry"),
        apps.get_model("matters", "Mandate"),
        apps.get_model("matters", "Handover"),
    )
    known = set()
    for entry in Entry.objects.filter(action="transfer", matter__isnull=False).order_by("pk").iterator():
        given = Mandate.objects.filter(
            matter=entry.matter_id, turn=entry.turn, ground="transfer", seat__in=["", entry.step], person__isnull=False
        )
        given = given.filter(reason__key="transferred", at__lte=entry.at).exclude(pk__in=known).order_by("pk").first()
        if given:
            known.add(given.pk)
            Handover.objects.create(
                matter_id=entry.matter_id,
                entry=entry,
                what="task",
                giver_id=entry.actor_id,
                receiver_id=given.person_id,
            )


class Migration(migrations.Migration):

    dependencies = [
        ('matters', '0004_a_submission_may_go_straight_back'),
        ('trail', '0001_initial'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name='mandate',
            name='lapsed_at',
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name='matter',
            name='keeper',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.CreateModel(
            name='Handover',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('what', models.CharField(choices=[('task', 'a task'), ('left', 'a task of somebody who left'), ('care', 'the care of a matter whose author left')], max_length=4)),
                ('entry', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='trail.entry')),
                ('giver', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('matter', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='handovers', to='matters.matter')),
                ('receiver', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'verbose_name': 'handover',
                'verbose_name_plural': 'handovers',
                'ordering': ['-pk'],
                'indexes': [models.Index(fields=['receiver', '-id'], name='handed_over_to_somebody'), models.Index(fields=['giver', '-id'], name='handed_over_by_somebody')],
            },
        ),
        migrations.RunPython(list_what_was_passed_on, migrations.RunPython.noop, elidable=True),
    ]
