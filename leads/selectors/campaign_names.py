"""What campaigns are called, for the apps below (see deposits.campaign_names)."""

from collections.abc import Collection
from uuid import UUID

from leads.models import Campaign


def campaign_names(campaign_ids: Collection[UUID]) -> dict[UUID, str]:
    """Return the names of the campaigns that the actor sees, by id. One query."""
    return dict(Campaign.objects.filter(pk__in=campaign_ids).values_list("pk", "name"))
