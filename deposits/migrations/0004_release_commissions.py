"""Releases many commissions at once, for the expiry of leads; see sql/0004_release_commissions.sql."""

from django.db import migrations

from leadsmarket.lib.sqlfiles import run_sql_file


class Migration(migrations.Migration):
    dependencies = [("deposits", "0003_outside_money")]

    operations = [run_sql_file(__file__, "0004_release_commissions")]
