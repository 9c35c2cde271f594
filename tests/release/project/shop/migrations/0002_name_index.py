"""An index, built as it has to be on a table in use."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    """Waits for every snapshot that is older: https://www.postgresql.org/docs/current/sql-createindex.html."""

    atomic = False
    dependencies = (("shop", "0001_initial"),)
    operations = (AddIndexConcurrently("Product", models.Index(fields=["name"], name="product_name")),)
