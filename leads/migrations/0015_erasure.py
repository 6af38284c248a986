"""Erasure of prospects' data, and who may not be submitted again; see sql/0015_erasure.sql."""

from django.db import migrations

from leadsmarket.lib.sqlfiles import run_sql_file


class Migration(migrations.Migration):
    dependencies = [("leads", "0014_prospect_requests")]

    operations = [run_sql_file(__file__, "0015_erasure")]
