"""Indexes for the forecast and for totals, and the view of totals that uses them; see sql/0003_outside_money.sql."""

from django.conf import settings
from django.db import migrations, models

from leadsmarket.lib.sqlfiles import run_sql_file


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0002_row_security"),
        ("deposits", "0002_movements"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddIndex(
            model_name="deposittransaction",
            index=models.Index(fields=["deposit", "created_at"], name="transaction_by_deposit_time"),
        ),
        migrations.AddIndex(
            model_name="deposittransaction",
            index=models.Index(
                condition=models.Q(("kind__in", ["initial", "recharge", "refund", "adjustment"])),
                fields=["deposit", "sequence"],
                name="transaction_of_outside_money",
            ),
        ),
        run_sql_file(__file__, "0003_outside_money"),
    ]
