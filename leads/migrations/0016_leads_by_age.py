"""The index that finds leads whose retention time is over."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("leads", "0015_erasure")]

    operations = [
        AddIndexConcurrently(
            "lead",
            models.Index(fields=["created_at"], condition=Q(erased_at=None), name="lead_with_contact_by_age"),
        ),
    ]
