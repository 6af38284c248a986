"""What happened as differences of days, and who sees the rollups; see sql/0002_rollups.sql."""

from django.db import migrations

from leadsmarket.lib.sqlfiles import run_sql_file


class Migration(migrations.Migration):
    dependencies = [
        ("analytics", "0001_initial"),
        ("leads", "0012_payout_movements"),
        ("deposits", "0006_refund_commission"),
    ]

    operations = [run_sql_file(__file__, "0002_rollups")]
