"""Indexes for the merchant's list of all leads and for the key figures of the dashboard."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("leads", "0003_duplicate_field")]

    operations = [
        AddIndexConcurrently(
            "lead",
            models.Index(fields=["merchant", "campaign", "-created_at", "-id"], name="lead_by_merchant_and_campaign"),
        ),
        AddIndexConcurrently(
            "lead",
            models.Index(fields=["merchant", "source", "-created_at", "-id"], name="lead_by_merchant_and_source"),
        ),
        AddIndexConcurrently(
            "lead",
            models.Index(
                fields=["merchant", "status", "-created_at", "-id"],
                condition=~Q(status="pending"),
                name="lead_decided_by_status",
            ),
        ),
        AddIndexConcurrently(
            "lead",
            models.Index(
                fields=["merchant", "-decided_at"],
                include=["status", "quality_score"],
                condition=Q(decided_at__isnull=False),
                name="lead_decided_latest",
            ),
        ),
        AddIndexConcurrently(
            "lead", models.Index(fields=["merchant", "customer_email"], name="lead_by_merchant_and_email")
        ),
    ]
