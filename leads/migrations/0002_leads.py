"""Commission, duplicate check, states, earnings, row security and views; see sql/0002_leads.sql."""

from django.db import migrations

from leadsmarket.lib.sqlfiles import run_sql_file


class Migration(migrations.Migration):
    dependencies = [("leads", "0001_initial"), ("deposits", "0002_movements")]

    operations = [run_sql_file(__file__, "0002_leads")]
