from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('organisation', '0003_calendar_reading'),
    ]

    operations = [
        migrations.AddField(
            model_name='person',
            name='former_names',
            field=models.JSONField(blank=True, default=list, editable=False),
        ),
        migrations.AddField(
            model_name='person',
            name='once_called',
            field=models.TextField(blank=True, editable=False),
        ),
        migrations.AddField(
            model_name='post',
            name='former_names',
            field=models.JSONField(blank=True, default=list, editable=False),
        ),
        migrations.AddField(
            model_name='post',
            name='once_called',
            field=models.TextField(blank=True, editable=False),
        ),
        migrations.AddField(
            model_name='unit',
            name='former_names',
            field=models.JSONField(blank=True, default=list, editable=False),
        ),
        migrations.AddField(
            model_name='unit',
            name='once_called',
            field=models.TextField(blank=True, editable=False),
        ),
    ]
