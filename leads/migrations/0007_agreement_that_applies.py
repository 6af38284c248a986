"""A request for one campaign doesn't hide an active agreement for all campaigns; see the SQL file."""

from django.db import migrations

from leadsmarket.lib.sqlfiles import run_sql_file


class Migration(migrations.Migration):
    dependencies = [("leads", "0006_agreement_by_merchant")]

    operations = [run_sql_file(__file__, "0007_agreement_that_applies")]
