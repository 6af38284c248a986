"""A deposit's campaign is one of the same merchant; see the SQL file."""

from django.db import migrations

from leadsmarket.lib.sqlfiles import run_sql_file


class Migration(migrations.Migration):
    dependencies = [("leads", "0004_lead_lists"), ("deposits", "0003_outside_money")]

    operations = [run_sql_file(__file__, "0005_deposit_of_own_campaign")]
