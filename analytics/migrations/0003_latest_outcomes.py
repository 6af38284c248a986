"""Outcomes by time, for what happened since the last fold. Neither creating nor deciding a lead writes this index."""

from django.db import migrations


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("analytics", "0002_rollups")]

    operations = [
        migrations.RunSQL(
            "CREATE INDEX CONCURRENTLY IF NOT EXISTS analytics_lead_outcome ON leads (outcome_at)"
            " WHERE outcome_at IS NOT NULL",
            "DROP INDEX CONCURRENTLY IF EXISTS analytics_lead_outcome",
        )
    ]
