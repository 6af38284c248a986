"""Row security of notifications, and the trigger that lets them only be read; see sql/0004_notifications.sql."""

from django.db import migrations

from leadsmarket.lib.sqlfiles import run_sql_file


class Migration(migrations.Migration):
    dependencies = [("alerts", "0003_notification"), ("accounts", "0002_row_security")]

    operations = [run_sql_file(__file__, "0004_notifications")]
