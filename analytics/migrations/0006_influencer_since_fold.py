"""Finds what happened to an influencer's leads by time; see sql/0006_influencer_since_fold.sql."""

from django.db import migrations

from leadsmarket.lib.sqlfiles import run_sql_file


class Migration(migrations.Migration):
    dependencies = [("analytics", "0005_months")]

    operations = [run_sql_file(__file__, "0006_influencer_since_fold")]
