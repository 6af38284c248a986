"""Lets the commission of a returned lead come back, once; see sql/0006_refund_commission.sql."""

from django.db import migrations, models
from django.db.models import Q

from leadsmarket.lib.sqlfiles import run_sql_file


class Migration(migrations.Migration):
    dependencies = [("deposits", "0005_take_back")]

    operations = [
        migrations.AddConstraint(
            model_name="deposittransaction",
            constraint=models.UniqueConstraint(
                fields=["lead_id"], condition=Q(kind="refund"), name="transaction_one_refund_per_lead"
            ),
        ),
        run_sql_file(__file__, "0006_refund_commission"),
    ]
