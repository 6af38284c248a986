"""Row security of log-in sessions and of changes of address; see sql/0004_log_in_security.sql."""

from django.db import migrations

from leadsmarket.lib.sqlfiles import run_sql_file


class Migration(migrations.Migration):
    dependencies = [("accounts", "0003_sessions_and_email_changes")]

    operations = [run_sql_file(__file__, "0004_log_in_security")]
