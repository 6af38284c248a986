"""Foreign key from below, guards and row security of payments; see sql/0002_row_security.sql."""

from django.db import migrations

from leadsmarket.lib.sqlfiles import run_sql_file


class Migration(migrations.Migration):
    dependencies = [("payments", "0001_initial"), ("leads", "0009_approve_earning_once"), ("deposits", "0005_take_back")]

    operations = [run_sql_file(__file__, "0002_row_security")]
