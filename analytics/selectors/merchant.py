"""A merchant's key figures on its dashboard. Amounts in MAD."""

from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from analytics.periods import Period
from analytics.selectors.leads import lead_figures
from analytics.selectors.sums import LeadScope
from leads.selectors.pending import PendingSummary, pending_summary

FIGURES_DAYS = 30


@dataclass(frozen=True, slots=True)
class MerchantFigures:
    """How a merchant's leads stand.

    pending: leads that wait for a decision now, with the commission that they hold. The others are those of LeadFigures for
    the last 30 days, today included; validation_percentage and mean_quality_score are None where there is nothing to compute
    them from.
    """

    pending: PendingSummary
    validated_count: int
    rejected_count: int
    validation_percentage: Decimal | None
    mean_quality_score: Decimal | None


def merchant_figures(merchant_id: UUID) -> MerchantFigures:
    """Return the key figures of the dashboard; see MerchantFigures for what each one is. At most three queries."""
    figures = lead_figures(LeadScope(merchant_id=merchant_id), Period.last_days(FIGURES_DAYS))
    return MerchantFigures(
        pending=pending_summary(merchant_id),
        validated_count=figures.validated_count,
        rejected_count=figures.rejected_count,
        validation_percentage=figures.validation_percentage,
        mean_quality_score=figures.mean_quality_score,
    )
