"""A column that may be empty: the first version goes on with it."""

from django.db import migrations, models


class Migration(migrations.Migration):
    """Adds it."""

    dependencies = (("demo", "0001_initial"),)
    operations = (migrations.AddField("counter", "pressed_at", models.DateTimeField(null=True)),)
