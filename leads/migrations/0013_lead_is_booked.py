"""No lead without its reservation, none decided without its money; see sql/0013_lead_is_booked.sql."""

from django.db import migrations

from leadsmarket.lib.sqlfiles import run_sql_file


class Migration(migrations.Migration):
    dependencies = [("leads", "0012_payout_movements"), ("deposits", "0006_refund_commission")]

    operations = [run_sql_file(__file__, "0013_lead_is_booked")]
