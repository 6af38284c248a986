"""The functions that move deposit money, rights, row security and the view; see sql/0002_movements.sql."""

from django.db import migrations

from leadsmarket.lib.sqlfiles import run_sql_file


class Migration(migrations.Migration):
    dependencies = [("deposits", "0001_initial"), ("accounts", "0002_row_security")]

    operations = [run_sql_file(__file__, "0002_movements")]
