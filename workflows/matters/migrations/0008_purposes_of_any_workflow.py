from django.db import migrations, models

NEW = {"declaration": "text", "report": "result"}


def rename(apps, purposes):
    attachments = apps.get_model("matters", "Attachment").objects
    for before, after in purposes.items():
        attachments.filter(purpose=before).update(purpose=after)


class Migration(migrations.Migration):
    dependencies = [("matters", "0007_a_form_sent_again")]

    operations = [
        migrations.AlterField(
            "attachment",
            "purpose",
            models.CharField(
                choices=[("text", "with the text"), ("result", "with the results"), ("discussion", "in the discussion")],
                default="text",
                max_length=12,
            ),
        ),
        migrations.RunPython(
            lambda apps, _editor: rename(apps, NEW),
            lambda apps, _editor: rename(apps, {after: before for before, after in NEW.items()}),
        ),
    ]
