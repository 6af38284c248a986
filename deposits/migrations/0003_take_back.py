"""Lets a refund or chargeback take what is available; see sql/0003_take_back.sql."""

from django.db import migrations

from leadsmarket.lib.sqlfiles import run_sql_file


class Migration(migrations.Migration):
    dependencies = [("deposits", "0002_movements")]

    operations = [run_sql_file(__file__, "0003_take_back")]
