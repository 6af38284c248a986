"""Guards and row security of card orders; see sql/0006_card_orders_security.sql."""

from django.db import migrations

from leadsmarket.lib.sqlfiles import run_sql_file


class Migration(migrations.Migration):
    dependencies = [("payments", "0005_card_orders")]

    operations = [run_sql_file(__file__, "0006_card_orders_security")]
