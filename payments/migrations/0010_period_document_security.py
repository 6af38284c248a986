"""What guards documents about periods, and who sees them; see sql/0010_period_documents.sql."""

from django.db import migrations

from leadsmarket.lib.sqlfiles import run_sql_file


class Migration(migrations.Migration):
    dependencies = [("payments", "0009_period_documents")]

    operations = [run_sql_file(__file__, "0010_period_documents")]
