"""Expires leads in batches; see sql/0010_expire_due_leads.sql."""

from django.db import migrations

from leadsmarket.lib.sqlfiles import run_sql_file


class Migration(migrations.Migration):
    dependencies = [("leads", "0009_approve_earning_once"), ("deposits", "0004_release_commissions")]

    operations = [run_sql_file(__file__, "0010_expire_due_leads")]
