"""The days of an approved campaign are those of the version in force, also while a change of it is undecided."""

from datetime import date

from django.db import migrations
from django.db.models import F


def days_in_force(apps, schema_editor):
    campaigns = apps.get_model("campaigns", "Campaign").objects
    versions = apps.get_model("campaigns", "Version").objects
    for campaign in campaigns.filter(in_force__gt=0, closed_at=None).exclude(version=F("in_force")).iterator():
        approved = versions.filter(campaign=campaign, number=campaign.in_force).first()
        if approved:
            days = (approved.content.get(name) for name in ("starts_on", "ends_on"))
            starts_on, ends_on = (date.fromisoformat(day) if day else None for day in days)
            campaigns.filter(pk=campaign.pk).update(starts_on=starts_on, ends_on=ends_on)


class Migration(migrations.Migration):
    dependencies = [("campaigns", "0001_initial")]

    operations = [migrations.RunPython(days_in_force, migrations.RunPython.noop)]
