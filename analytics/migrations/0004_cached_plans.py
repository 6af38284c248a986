"""Reads what happened since the last fold with cached plans; see sql/0004_cached_plans.sql."""

from django.db import migrations

from leadsmarket.lib.sqlfiles import run_sql_file


class Migration(migrations.Migration):
    dependencies = [("analytics", "0003_latest_outcomes")]

    operations = [run_sql_file(__file__, "0004_cached_plans")]
