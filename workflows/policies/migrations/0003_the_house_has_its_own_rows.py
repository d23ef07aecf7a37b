"""How long a unit has to acknowledge a document holds for documents of every workflow.

The row stood under campaigns, the only workflow there was; it says the same under the house.
"""

from django.db import migrations


def to_the_house(apps, schema_editor):
    rows = apps.get_model("policies", "Deadline").objects.using(schema_editor.connection.alias)
    rows.filter(workflow="campaign", step="receipt").update(workflow="house")


def to_the_campaigns(apps, schema_editor):
    rows = apps.get_model("policies", "Deadline").objects.using(schema_editor.connection.alias)
    rows.filter(workflow="house", step="receipt").update(workflow="campaign")


class Migration(migrations.Migration):
    dependencies = [("policies", "0002_rules_of_each_workflow")]

    operations = [migrations.RunPython(to_the_house, to_the_campaigns)]
