"""No state is the first of every workflow: `begin` puts a matter where its own begins.

The default was Python's alone, so the database is left untouched (on SQLite altering the column
would write the whole table anew).
"""

import django_fsm
from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("matters", "0002_initial")]

    operations = [
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.AlterField(
                    model_name="matter",
                    name="state",
                    field=django_fsm.FSMField(max_length=24, protected=True, verbose_name="state"),
                ),
            ],
        ),
    ]
