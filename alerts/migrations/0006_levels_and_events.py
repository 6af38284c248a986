"""Row security of the new tables, and the functions that note events and levels; see sql/0006_levels_and_events.sql."""

from django.db import migrations

from leadsmarket.lib.sqlfiles import run_sql_file


class Migration(migrations.Migration):
    dependencies = [("alerts", "0005_channels_and_levels"), ("accounts", "0002_row_security")]

    operations = [run_sql_file(__file__, "0006_levels_and_events")]
