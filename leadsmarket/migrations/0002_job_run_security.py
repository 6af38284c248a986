"""Row security of the runs of jobs; see sql/0002_job_run_security.sql."""

from django.db import migrations

from leadsmarket.lib.sqlfiles import run_sql_file


class Migration(migrations.Migration):
    dependencies = [("leadsmarket", "0001_job_run"), ("accounts", "0002_row_security")]

    operations = [run_sql_file(__file__, "0002_job_run_security")]
