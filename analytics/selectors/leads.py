"""What became of leads: one definition for each figure, for a merchant, a campaign, a source, an influencer or the platform.

Two sets of leads, each of which is one set all through:
- the leads *created* in the period, with what became of them up to now (total, mean value, pending, funnel, columns of a day);
- the leads *decided* in the period, with what became of them up to now (rates, scores, commission, conversions, ROI).
So no rate goes above 100 %, and a past period changes only by what happens to its own leads. Days are local ones
(Africa/Casablanca). Rates are in percent, not rounded; amounts in MAD.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, Literal, Self, cast

from analytics.models import HOURS_MEASURES, LEAD_MEASURES, REASON_MEASURES, SCORE_MEASURES
from analytics.periods import Period
from analytics.selectors.sums import LeadScope, Sums, lead_sums, percentage, share
from leadsmarket.lib.money import ZERO, round_to_centime

Dimension = Literal["merchant", "campaign", "influencer", "source"]


@dataclass(frozen=True, slots=True)
class LeadFigures:
    """The figures of some leads in a period; see the module for the two sets.

    Of the leads created in the period:
    - created_count: how many ("generated"); estimated_amount: their estimated value.
    - created_validated_count (converted and lost ones too), created_rejected_count (expired ones too),
      created_converted_count, created_lost_count: what became of them so far.

    Of the leads decided (validated or rejected) in the period, whenever they were created:
    - validated_count: also those converted, lost or returned since. converted_count, lost_count: of those, so far.
    - returned_count: of those, how many were returned and refunded so far. A returned lead still counts as validated: it was
      accepted, and its status says so; only its money is taken off.
    - gross_commission_amount, gross_influencer_amount: at validation; returned_*: what returns took back since.
    - converted_amount: value of the sales; the estimated value where the merchant told no real one.
    - score_counts: leads by quality score 1..10. rejection_counts: by code of RejectionReason, with `expired`.
    - hours_counts: decisions of people by the hours they took, up to 1, 4, 12, 24, 48, 72 and more (a limit belongs to the
      next class); neither expired leads nor those validated at creation. decision_seconds: the sum of their times.
    """

    created_count: int = 0
    created_validated_count: int = 0
    created_rejected_count: int = 0
    created_converted_count: int = 0
    created_lost_count: int = 0
    estimated_amount: Decimal = ZERO
    validated_count: int = 0
    converted_count: int = 0
    lost_count: int = 0
    returned_count: int = 0
    gross_commission_amount: Decimal = ZERO
    gross_influencer_amount: Decimal = ZERO
    returned_commission_amount: Decimal = ZERO
    returned_influencer_amount: Decimal = ZERO
    converted_amount: Decimal = ZERO
    score_counts: Mapping[int, int] = field(default_factory=lambda: dict.fromkeys(SCORE_MEASURES, 0))
    rejection_counts: Mapping[str, int] = field(default_factory=lambda: dict.fromkeys(REASON_MEASURES, 0))
    hours_counts: tuple[int, ...] = (0,) * len(HOURS_MEASURES)
    decision_seconds: int = 0

    @classmethod
    def from_sums(cls, sums: Sums) -> Self:
        """Make figures of a row of sums.lead_sums: LEAD_MEASURES in their order, null being none."""
        numbers = [value or 0 for value in sums]
        amounts = [value or ZERO for value in sums[10:15]]
        scores, rest = numbers[15:25], numbers[25:]
        return cls(
            created_count=numbers[0],
            created_validated_count=numbers[1],
            created_rejected_count=numbers[2],
            created_converted_count=numbers[3],
            created_lost_count=numbers[4],
            estimated_amount=sums[5] or ZERO,
            validated_count=numbers[6],
            converted_count=numbers[7],
            lost_count=numbers[8],
            returned_count=numbers[9],
            gross_commission_amount=amounts[0],
            gross_influencer_amount=amounts[1],
            returned_commission_amount=amounts[2],
            returned_influencer_amount=amounts[3],
            converted_amount=amounts[4],
            score_counts=dict(zip(SCORE_MEASURES, scores, strict=True)),
            rejection_counts=dict(zip(REASON_MEASURES, rest[:9], strict=True)),
            hours_counts=tuple(rest[9:16]),
            decision_seconds=int(rest[16]),
        )

    @property
    def created_pending_count(self) -> int:
        """Leads created in the period that still wait for a decision."""
        return self.created_count - self.created_validated_count - self.created_rejected_count

    @property
    def created_open_count(self) -> int:
        """Leads created in the period that are validated and have no outcome yet (status `validated`)."""
        return self.created_validated_count - self.created_converted_count - self.created_lost_count

    @property
    def mean_value_amount(self) -> Decimal | None:
        """Mean estimated value of the leads created in the period, to the centime; None without one."""
        mean = share(self.estimated_amount, self.created_count)
        return None if mean is None else round_to_centime(mean)

    @property
    def rejected_count(self) -> int:
        """Leads rejected in the period, expired ones too."""
        return sum(self.rejection_counts.values())

    @property
    def expired_count(self) -> int:
        """Leads that nobody decided in time; part of rejected_count."""
        return self.rejection_counts["expired"]

    @property
    def decided_count(self) -> int:
        """Leads validated or rejected in the period."""
        return self.validated_count + self.rejected_count

    @property
    def validation_percentage(self) -> Decimal | None:
        """Validation rate: validated / decided x 100, of the leads decided in the period; None without a decision."""
        return percentage(self.validated_count, self.decided_count)

    @property
    def conversion_percentage(self) -> Decimal | None:
        """Conversion rate: converted so far / validated x 100, of the leads validated in the period; None without one."""
        return percentage(self.converted_count, self.validated_count)

    @property
    def scored_count(self) -> int:
        """Leads validated in the period with a quality score."""
        return sum(self.score_counts.values())

    @property
    def mean_quality_score(self) -> Decimal | None:
        """Mean score (1 to 10) of the leads validated in the period that have one, two decimals; None without one."""
        mean = share(sum(score * count for score, count in self.score_counts.items()), self.scored_count)
        return None if mean is None else round_to_centime(mean)

    @property
    def decision_hours(self) -> Decimal | None:
        """Mean hours from creation to decision by people, two decimals; None where nobody decided."""
        mean = share(Decimal(self.decision_seconds) / 3600, sum(self.hours_counts))
        return None if mean is None else round_to_centime(mean)

    @property
    def commission_amount(self) -> Decimal:
        """Commission paid: what the leads validated in the period cost, less what was refunded for those returned since."""
        return self.gross_commission_amount - self.returned_commission_amount

    @property
    def influencer_amount(self) -> Decimal:
        """Earned: the influencers' share of commission_amount, less what was taken back for returned leads."""
        return self.gross_influencer_amount - self.returned_influencer_amount

    @property
    def platform_amount(self) -> Decimal:
        """Platform revenue: commission_amount less the influencers' share of it."""
        return self.commission_amount - self.influencer_amount

    @property
    def mean_commission_amount(self) -> Decimal | None:
        """Commission per lead: commission_amount / leads validated and not returned, to the centime; None without one."""
        mean = share(self.commission_amount, self.validated_count - self.returned_count)
        return None if mean is None else round_to_centime(mean)

    @property
    def acquisition_amount(self) -> Decimal | None:
        """Cost per acquisition: commission_amount / converted_count, to the centime; None while nothing is converted."""
        mean = share(self.commission_amount, self.converted_count)
        return None if mean is None else round_to_centime(mean)

    @property
    def roi(self) -> Decimal | None:
        """Return on investment: (converted_amount - commission_amount) / commission_amount, a ratio, not rounded.

        -1 where nothing came of it yet; None where nothing was spent.
        """
        return share(self.converted_amount - self.commission_amount, self.commission_amount)


def lead_figures(scope: LeadScope, period: Period | None) -> LeadFigures:
    """Return the figures of a scope in a period, or ever (None). One query."""
    ((_key, sums),) = lead_sums(scope, period).items()
    return LeadFigures.from_sums(sums)


def lead_figures_by_day(scope: LeadScope, period: Period) -> dict[date, LeadFigures]:
    """Return the figures of each local day of a period, in order; days without anything too. One query."""
    found = lead_sums(scope, period, by=("day",))
    return {day: _figures(found.get((day,))) for day in period.days}


def lead_figures_by_week(scope: LeadScope, period: Period) -> dict[date, LeadFigures]:
    """Return the figures of each week (by its Monday) that touches a period, of the days within it only. One query."""
    found = lead_sums(scope, period, by=("day",))
    weeks: dict[date, list[Any]] = {_monday(day): [None] * len(LEAD_MEASURES) for day in period.days}
    for (day,), sums in found.items():
        week = weeks[_monday(cast(date, day))]
        week[:] = [one if other is None else other + (one or 0) for one, other in zip(week, sums, strict=True)]
    return {monday: LeadFigures.from_sums(sums) for monday, sums in weeks.items()}


def lead_figures_by(dimension: Dimension, scope: LeadScope, period: Period | None) -> dict[Any, LeadFigures]:
    """Return the figures of each merchant, campaign, influencer (by id) or source (by code) with anything in the period.

    Ordered by leads created, the most first. One query. Raises ValueError for combinations without a rollup.
    """
    key = dimension if dimension == "source" else f"{dimension}_id"
    found = {value: LeadFigures.from_sums(sums) for (value,), sums in lead_sums(scope, period, by=(key,)).items()}
    return dict(sorted(found.items(), key=lambda item: (-item[1].created_count, str(item[0]))))


def pending_count(scope: LeadScope) -> int:
    """Return how many leads of a scope wait for a decision now, whenever they were created. One query."""
    return lead_figures(scope, None).created_pending_count


def _figures(sums: Sums | None) -> LeadFigures:
    return LeadFigures() if sums is None else LeadFigures.from_sums(sums)


def _monday(day: date) -> date:
    return day - timedelta(days=day.weekday())
