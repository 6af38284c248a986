"""Row security of deliveries; see sql/0002_row_security.sql."""

from django.db import migrations

from leadsmarket.lib.sqlfiles import run_sql_file


class Migration(migrations.Migration):
    dependencies = [("alerts", "0001_initial"), ("accounts", "0002_row_security")]

    operations = [run_sql_file(__file__, "0002_row_security")]
