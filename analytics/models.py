"""Rollups: what happened on each local day (Africa/Casablanca), counted once. Only analytics.rollup writes them.

They hold everything that happened before `RollupState.folded_until`; what happened since is counted live by the same
definitions (SQL functions lead_deltas, deposit_deltas), so figures are exact at any moment. Empty cells mean none.
"""

from typing import Any, ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from leads.models import RejectionReason
from leadsmarket.lib.money import MoneyField

SCORES = range(1, 11)
DECISION_HOURS = (1, 4, 12, 24, 48, 72)
"""Upper ends of the classes of hours to decision; one more class is above."""


class DayCount(models.IntegerField):
    """How many; empty: none."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs["null"] = True
        super().__init__(*args, **kwargs)


class DaySum(MoneyField):
    """An amount in MAD; empty: none."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs["null"] = True
        super().__init__(*args, **kwargs)


class LeadDay(models.Model):
    """Leads of one local day, in one scope, or of a whole month (is_month; day is its first). Amounts in MAD.

    scope says which of merchant_id, campaign_id, influencer_id and source are filled. Two groups of columns: `created_*` and
    estimated_amount are about the leads created on the day and what became of them since; all others about the leads decided on
    the day and what became of them since. So a row of a past day changes when its leads are decided, converted or returned.
    converted_amount is the real value of sales, the estimated one where no real one was told. A returned lead stays validated;
    the returned_* amounts are to be taken off.
    """

    class Scope(models.TextChoices):
        PLATFORM = "platform", _("Platform")
        SOURCE = "source", _("Source")
        MERCHANT = "merchant", _("Merchant")
        MERCHANT_CAMPAIGN = "merchant_campaign", _("Campaign")
        MERCHANT_SOURCE = "merchant_source", _("Source of a merchant")
        MERCHANT_INFLUENCER = "merchant_influencer", _("Influencer of a merchant")
        CAMPAIGN_SOURCE = "campaign_source", _("Source of a campaign")
        CAMPAIGN_INFLUENCER = "campaign_influencer", _("Influencer of a campaign")
        INFLUENCER = "influencer", _("Influencer")
        INFLUENCER_SOURCE = "influencer_source", _("Source of an influencer")

    id = models.BigAutoField(primary_key=True)
    scope = models.CharField(max_length=19, choices=Scope.choices)
    is_month = models.BooleanField(default=False, db_default=False)
    day = models.DateField()
    merchant_id = models.UUIDField(null=True)
    campaign_id = models.UUIDField(null=True)
    influencer_id = models.UUIDField(null=True)
    source = models.CharField(max_length=9, null=True)

    created_count = DayCount()
    created_validated_count = DayCount()
    created_rejected_count = DayCount()
    created_converted_count = DayCount()
    created_lost_count = DayCount()
    estimated_amount = DaySum()

    validated_count = DayCount()
    converted_count = DayCount()
    lost_count = DayCount()
    returned_count = DayCount()
    commission_amount = DaySum()
    influencer_amount = DaySum()
    returned_commission_amount = DaySum()
    returned_influencer_amount = DaySum()
    converted_amount = DaySum()

    score_1_count = DayCount()
    score_2_count = DayCount()
    score_3_count = DayCount()
    score_4_count = DayCount()
    score_5_count = DayCount()
    score_6_count = DayCount()
    score_7_count = DayCount()
    score_8_count = DayCount()
    score_9_count = DayCount()
    score_10_count = DayCount()

    rejected_incomplete_count = DayCount()
    rejected_unreachable_count = DayCount()
    rejected_not_interested_count = DayCount()
    rejected_out_of_area_count = DayCount()
    rejected_budget_too_low_count = DayCount()
    rejected_duplicate_count = DayCount()
    rejected_fraud_count = DayCount()
    rejected_other_count = DayCount()
    rejected_expired_count = DayCount()

    # Decisions of people only: neither expired leads nor those validated at creation.
    decided_1h_count = DayCount()
    decided_4h_count = DayCount()
    decided_12h_count = DayCount()
    decided_24h_count = DayCount()
    decided_48h_count = DayCount()
    decided_72h_count = DayCount()
    decided_later_count = DayCount()
    decision_seconds = models.BigIntegerField(null=True)

    class Meta:
        verbose_name = _("leads of a day")
        verbose_name_plural = _("leads by day")
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["merchant_id", "scope", "is_month", "day", "campaign_id", "influencer_id", "source"],
                nulls_distinct=False,
                name="lead_day_once_per_scope",
            ),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["influencer_id", "scope", "is_month", "day"],
                condition=Q(influencer_id__isnull=False),
                name="lead_day_by_influencer",
            ),
            models.Index(fields=["is_month", "day"], condition=Q(scope="merchant"), name="lead_day_of_merchants"),
        ]

    def __str__(self) -> str:
        return f"{self.scope} {self.day}"


class DepositDay(models.Model):
    """Movements of one local day: of one deposit, or of all (deposit_id and merchant_id empty). MAD."""

    id = models.BigAutoField(primary_key=True)
    day = models.DateField()
    deposit_id = models.UUIDField(null=True)
    merchant_id = models.UUIDField(null=True)
    deposited_amount = DaySum()
    adjusted_amount = DaySum()
    reserved_count = DayCount()
    reserved_amount = DaySum()
    released_amount = DaySum()
    deducted_count = DayCount()
    deducted_amount = DaySum()
    refunded_amount = DaySum()

    class Meta:
        verbose_name = _("movements of a day")
        verbose_name_plural = _("movements by day")
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["deposit_id", "day", "merchant_id"], nulls_distinct=False, name="deposit_day_once_per_deposit"
            ),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["merchant_id", "day"], condition=Q(merchant_id__isnull=False), name="deposit_day_by_merchant"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.deposit_id} {self.day}"


class RollupState(models.Model):
    """Up to which moment the rollups are complete: one row, or none before the first run. Its lock lets runs take turns."""

    id = models.SmallIntegerField(primary_key=True, default=1)
    folded_until = models.DateTimeField()

    class Meta:
        verbose_name = _("state of the rollups")
        verbose_name_plural = _("state of the rollups")
        constraints: ClassVar = [models.CheckConstraint(condition=Q(id=1), name="rollup_state_is_one_row")]

    def __str__(self) -> str:
        return str(self.folded_until)


SCOPE_FIELDS = ("merchant_id", "campaign_id", "influencer_id", "source")
LEAD_MEASURES = tuple(
    field.name for field in LeadDay._meta.fields if field.name not in ("id", "scope", "is_month", "day", *SCOPE_FIELDS)
)
DEPOSIT_MEASURES = tuple(
    field.name for field in DepositDay._meta.fields if field.name not in ("id", "day", "deposit_id", "merchant_id")
)
SCORE_MEASURES = {score: f"score_{score}_count" for score in SCORES}
REASON_MEASURES = {reason.value: f"rejected_{reason.value}_count" for reason in RejectionReason}
HOURS_MEASURES = (*(f"decided_{hours}h_count" for hours in DECISION_HOURS), "decided_later_count")
