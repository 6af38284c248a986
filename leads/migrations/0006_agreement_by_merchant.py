"""An index for the merchant's list of agreements, ended ones too."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("leads", "0005_deposit_of_own_campaign")]

    operations = [
        AddIndexConcurrently(
            "influenceragreement",
            models.Index(fields=["merchant", "-created_at", "-id"], name="agreement_by_merchant"),
        ),
    ]
