"""Notifications can be emptied when the person they name is erased; see sql/0009_empty_notifications.sql."""

from django.db import migrations

from leadsmarket.lib.sqlfiles import run_sql_file


class Migration(migrations.Migration):
    dependencies = [("alerts", "0008_webhook_kind"), ("deposits", "0002_movements")]

    operations = [run_sql_file(__file__, "0009_empty_notifications")]
