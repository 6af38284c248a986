"""Makes due earnings payable in batches; see sql/0008_due_earnings.sql."""

from django.db import migrations

from leadsmarket.lib.sqlfiles import run_sql_file


class Migration(migrations.Migration):
    dependencies = [("leads", "0007_agreement_that_applies")]

    operations = [run_sql_file(__file__, "0008_due_earnings")]
