from django.db import migrations


def proxy(name: str, verbose_name: str) -> migrations.CreateModel:
    options = {"verbose_name": verbose_name, "proxy": True, "indexes": [], "constraints": []}
    return migrations.CreateModel(name=name, fields=[], options=options, bases=("matters.matter",))


class Migration(migrations.Migration):
    dependencies = [("toys", "0001_initial"), ("matters", "0001_initial")]

    operations = [proxy("Year", "year"), proxy("Part", "part")]
