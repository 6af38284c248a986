"""A merchant's key figures. Amounts in MAD."""

from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from uuid import UUID

from django.db.models import Avg, Count, DecimalField, Q
from django.utils import timezone

from leads.models import Lead
from leads.selectors.pending import PendingSummary, pending_summary

FIGURES_PERIOD = timedelta(days=30)
ACCEPTED = (Lead.Status.VALIDATED, Lead.Status.CONVERTED, Lead.Status.LOST)
"""States of a lead that was validated, whatever became of it."""


@dataclass(frozen=True, slots=True)
class MerchantFigures:
    """How a merchant's leads stand.

    pending: leads that wait for a decision now, with the commission that they hold. The others are about the leads decided in
    the last 30 days: validated_count (also those converted or lost since), rejected_count (expired ones too),
    validation_percentage = validated / decided x 100 and mean_quality_score (of those with a score); these two are None
    where there is nothing to compute them from.
    """

    pending: PendingSummary
    validated_count: int
    rejected_count: int
    validation_percentage: Decimal | None
    mean_quality_score: Decimal | None


def merchant_figures(merchant_id: UUID) -> MerchantFigures:
    """Return the key figures of the dashboard; see MerchantFigures for what each one is. At most three queries."""
    decided = Lead.objects.filter(merchant_id=merchant_id, decided_at__gte=timezone.now() - FIGURES_PERIOD)
    counts = decided.aggregate(
        validated=Count("pk", filter=Q(status__in=ACCEPTED)),
        rejected=Count("pk", filter=Q(status=Lead.Status.REJECTED)),
        mean_score=Avg("quality_score", output_field=DecimalField()),
    )
    validated, rejected = counts["validated"], counts["rejected"]
    share = Decimal(100 * validated) / (validated + rejected) if validated + rejected else None
    return MerchantFigures(
        pending=pending_summary(merchant_id),
        validated_count=validated,
        rejected_count=rejected,
        validation_percentage=share,
        mean_quality_score=counts["mean_score"],
    )
