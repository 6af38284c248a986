"""An influencer's key figures."""

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from uuid import UUID

from analytics.periods import Period, Preset
from analytics.selectors.leads import lead_figures
from analytics.selectors.sums import LeadScope


@dataclass(frozen=True, slots=True)
class InfluencerFigures:
    """How an influencer's leads stand, over all time but for the first. Percentages have one decimal, rounded half up.

    month_count: leads sent since the first of this month (Casablanca). pending_count: waiting for a decision now.
    validated_count: validated, also those converted or lost since. rejected_count: rejected or expired.
    mean_quality_score: of the leads with a score, None without one.
    """

    month_count: int
    pending_count: int
    validated_count: int
    rejected_count: int
    mean_quality_score: Decimal | None

    @property
    def total_count(self) -> int:
        """All leads ever sent."""
        return self.pending_count + self.validated_count + self.rejected_count

    @property
    def validation_percentage(self) -> Decimal | None:
        """Validated / decided x 100, where decided is validated or rejected; None before the first decision."""
        decided = self.validated_count + self.rejected_count
        return _percentage(self.validated_count, decided) if decided else None

    @property
    def pending_percentage(self) -> Decimal:
        """Pending / all leads x 100."""
        return self._share(self.pending_count)

    @property
    def validated_percentage(self) -> Decimal:
        """Validated / all leads x 100 (not the validation rate, which leaves the pending ones out)."""
        return self._share(self.validated_count)

    @property
    def rejected_percentage(self) -> Decimal:
        """Rejected / all leads x 100."""
        return self._share(self.rejected_count)

    @property
    def undecided_or_validated_count(self) -> int:
        """Where the rejected part of the bar of shares begins."""
        return self.validated_count + self.pending_count

    def _share(self, count: int) -> Decimal:
        return _percentage(count, self.total_count) if self.total_count else Decimal(0)


def influencer_figures(influencer_id: UUID) -> InfluencerFigures:
    """Return the key figures of the dashboard; see InfluencerFigures for what each one is. Two queries."""
    scope = LeadScope(influencer_id=influencer_id)
    ever = lead_figures(scope, None)
    return InfluencerFigures(
        month_count=lead_figures(scope, Period.preset(Preset.THIS_MONTH)).created_count,
        pending_count=ever.created_pending_count,
        validated_count=ever.validated_count,
        rejected_count=ever.rejected_count,
        mean_quality_score=ever.mean_quality_score,
    )


def _percentage(part: int, whole: int) -> Decimal:
    return (Decimal(100 * part) / whole).quantize(Decimal("0.1"), rounding=ROUND_HALF_UP)
