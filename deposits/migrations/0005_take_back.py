"""Lets a refund or chargeback take what is available; see sql/0005_take_back.sql."""

from django.db import migrations

from leadsmarket.lib.sqlfiles import run_sql_file


class Migration(migrations.Migration):
    dependencies = [("deposits", "0004_release_commissions")]

    operations = [run_sql_file(__file__, "0005_take_back")]
