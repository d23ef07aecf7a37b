import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = [("matters", "0001_initial")]

    operations = [
        migrations.CreateModel(
            name="Plan",
            fields=[
                ("matter_ptr", models.OneToOneField(auto_created=True, on_delete=django.db.models.deletion.CASCADE, parent_link=True, primary_key=True, serialize=False, to="matters.matter")),
                ("owners", models.JSONField(default=list)),
                ("sign_by", models.DateField(null=True)),
                ("result", models.CharField(blank=True, max_length=120)),
            ],
            options={"verbose_name": "plan"},
            bases=("matters.matter",),
        ),
    ]
