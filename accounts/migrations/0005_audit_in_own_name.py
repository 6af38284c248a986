"""Audit entries are written in one's own name only; see sql/0005_audit_in_own_name.sql."""

from django.db import migrations

from leadsmarket.lib.sqlfiles import run_sql_file


class Migration(migrations.Migration):
    dependencies = [("accounts", "0004_log_in_security")]

    operations = [run_sql_file(__file__, "0005_audit_in_own_name")]
