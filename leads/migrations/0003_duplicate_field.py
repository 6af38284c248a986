"""A duplicate says which field it was found by; campaigns of a switched-off merchant take no leads; see the SQL file."""

from django.db import migrations

from leadsmarket.lib.sqlfiles import run_sql_file


class Migration(migrations.Migration):
    dependencies = [("leads", "0002_leads")]

    operations = [run_sql_file(__file__, "0003_duplicate_field")]
