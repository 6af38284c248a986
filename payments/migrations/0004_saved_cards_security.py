"""Guards and row security of saved cards and auto-recharge; see sql/0004_saved_cards_security.sql."""

from django.db import migrations

from leadsmarket.lib.sqlfiles import run_sql_file


class Migration(migrations.Migration):
    dependencies = [("payments", "0003_saved_cards")]

    operations = [run_sql_file(__file__, "0004_saved_cards_security")]
