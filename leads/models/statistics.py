"""SQL views over leads, as read-only models. Row level security applies: each actor counts only its own leads."""

from decimal import Decimal

from django.db import models

from accounts.models import Influencer
from leads.models.campaigns import Campaign
from leadsmarket.lib.money import MoneyField


class LeadCounts(models.Model):
    """Counts by status and sums over the leads that the actor sees. Amounts in MAD, rates left to analytics."""

    total_count = models.IntegerField()
    pending_count = models.IntegerField()
    validated_count = models.IntegerField()
    rejected_count = models.IntegerField()
    converted_count = models.IntegerField()
    lost_count = models.IntegerField()
    mean_quality_score = models.DecimalField(max_digits=4, decimal_places=2, null=True)
    mean_estimated_value = MoneyField(null=True)
    commission_amount = MoneyField()
    influencer_commission_amount = MoneyField()
    actual_value = MoneyField()
    last_lead_at = models.DateTimeField(null=True)

    class Meta:
        abstract = True

    @property
    def decided_count(self) -> int:
        """Leads that are no longer pending."""
        return self.total_count - self.pending_count

    @property
    def validation_percentage(self) -> Decimal | None:
        """Validated, converted and lost leads in percent of the decided ones; None before the first decision."""
        if not self.decided_count:
            return None
        return Decimal(self.decided_count - self.rejected_count) * 100 / self.decided_count

    def save(self, *args: object, **kwargs: object) -> None:
        raise NotImplementedError(f"{self._meta.db_table} is a view")

    def delete(self, *args: object, **kwargs: object) -> tuple[int, dict[str, int]]:
        raise NotImplementedError(f"{self._meta.db_table} is a view")


class LeadCampaignStats(LeadCounts):
    """View `lead_campaign_stats`: one row per campaign; commission_amount is what validated leads cost."""

    campaign = models.OneToOneField(Campaign, primary_key=True, on_delete=models.DO_NOTHING, related_name="stats")
    merchant_id = models.UUIDField()

    class Meta:
        managed = False
        db_table = "lead_campaign_stats"

    def __str__(self) -> str:
        return str(self.campaign_id)


class InfluencerLeadPerformance(LeadCounts):
    """View `influencer_lead_performance`: one row per influencer, over the leads that the actor sees."""

    influencer = models.OneToOneField(
        Influencer, primary_key=True, on_delete=models.DO_NOTHING, related_name="performance"
    )

    class Meta:
        managed = False
        db_table = "influencer_lead_performance"

    def __str__(self) -> str:
        return str(self.influencer_id)
