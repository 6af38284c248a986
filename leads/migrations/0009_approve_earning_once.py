"""Refuses to make an earning payable twice with the error of its own; see sql/0009_approve_earning_once.sql."""

from django.db import migrations

from leadsmarket.lib.sqlfiles import run_sql_file


class Migration(migrations.Migration):
    dependencies = [("leads", "0008_due_earnings")]

    operations = [run_sql_file(__file__, "0009_approve_earning_once")]
