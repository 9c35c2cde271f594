"""The first table."""

from django.db import migrations, models


class Migration(migrations.Migration):
    """Makes it."""

    operations = (
        migrations.CreateModel(
            "Product", [("id", models.BigAutoField(primary_key=True)), ("name", models.CharField(max_length=50))]
        ),
    )
