"""Returned leads, payouts and who may do what with them; see sql/0012_payout_movements.sql."""

from django.db import migrations

from leadsmarket.lib.sqlfiles import run_sql_file


class Migration(migrations.Migration):
    dependencies = [("leads", "0011_earning_buckets_and_returns"), ("deposits", "0006_refund_commission")]

    operations = [run_sql_file(__file__, "0012_payout_movements")]
