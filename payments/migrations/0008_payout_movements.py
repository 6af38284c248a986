"""The steps of payouts, their guards and row security; see sql/0008_payout_movements.sql."""

from django.db import migrations

from leadsmarket.lib.sqlfiles import run_sql_file


class Migration(migrations.Migration):
    dependencies = [("payments", "0007_payouts"), ("leads", "0012_payout_movements")]

    operations = [run_sql_file(__file__, "0008_payout_movements")]
