"""Random worlds of leads, and their figures counted the slow, obvious way: lead by lead, in Python."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from uuid import UUID
from zoneinfo import ZoneInfo

from hypothesis import strategies as st

from analytics.periods import Period
from analytics.selectors.leads import LeadFigures
from analytics.selectors.sums import LeadScope
from leads.models import Lead, LeadReturn, LeadValidation, RejectionReason
from leadsmarket.lib.identifiers import new_id
from tests.personas import submission

CASABLANCA = ZoneInfo("Africa/Casablanca")
HOURS = (1, 4, 12, 24, 48, 72)

# Around midnights of days with 25, 23 and 25 hours, of the turn of the year, and of usual days.
EDGES = [
    datetime(2025, 12, 31, 23, 0, tzinfo=UTC),
    datetime(2026, 2, 14, 23, 0, tzinfo=UTC),
    datetime(2026, 2, 15, 2, 0, tzinfo=UTC),
    datetime(2026, 2, 16, 0, 0, tzinfo=UTC),
    datetime(2026, 3, 22, 0, 0, tzinfo=UTC),
    datetime(2026, 3, 22, 2, 0, tzinfo=UTC),
    datetime(2026, 3, 22, 23, 0, tzinfo=UTC),
    datetime(2026, 9, 19, 23, 0, tzinfo=UTC),
    datetime(2026, 9, 20, 1, 0, tzinfo=UTC),
    datetime(2026, 9, 21, 0, 0, tzinfo=UTC),
]
moments = st.one_of(
    st.builds(
        lambda edge, seconds: edge + timedelta(seconds=seconds),
        st.sampled_from(EDGES),
        st.sampled_from([-3600, -1, 0, 1, 3599, 3600]),
    ),
    st.builds(
        lambda minutes: datetime(2025, 12, 1, tzinfo=UTC) + timedelta(minutes=minutes), st.integers(0, 330 * 24 * 60)
    ),
)
days = st.builds(lambda moment: moment.astimezone(CASABLANCA).date(), moments)
periods = st.one_of(st.none(), st.builds(lambda one, other: Period(min(one, other), max(one, other)), days, days))


@dataclass(frozen=True)
class Story:
    """What happened to one lead. campaign, influencer: numbers. Hours count from the step before; None: it did not happen."""

    campaign: int
    influencer: int
    source: str
    value: Decimal
    created_at: datetime
    decided_after: timedelta | None
    reason: str
    score: int | None
    by_person: bool
    outcome_after: timedelta | None
    converted: bool
    actual_value: Decimal | None
    returned_after: timedelta | None

    @property
    def decided_at(self) -> datetime | None:
        return None if self.decided_after is None else self.created_at + self.decided_after

    @property
    def validated(self) -> bool:
        return self.decided_after is not None and not self.reason

    @property
    def rejected(self) -> bool:
        return self.decided_after is not None and bool(self.reason)

    @property
    def outcome_at(self) -> datetime | None:
        return self.decided_at + self.outcome_after if self.validated and self.outcome_after is not None else None

    @property
    def returned_at(self) -> datetime | None:
        return self.decided_at + self.returned_after if self.validated and self.returned_after is not None else None

    @property
    def status(self) -> str:
        if self.rejected:
            return "rejected"
        if self.outcome_at:
            return "converted" if self.converted else "lost"
        return "validated" if self.validated else "pending"

    @property
    def commission(self) -> Decimal:
        return Decimal("80.00") if self.value >= 800 else rounded(self.value / 10)

    @property
    def influencer_share(self) -> Decimal:
        return rounded(self.commission * 30 / 100)


times = st.one_of(
    st.sampled_from([timedelta(hours=hours) for hours in (0, 1, 4, 24, 72)]),
    st.builds(lambda minutes: timedelta(minutes=minutes, seconds=17), st.integers(0, 60 * 24 * 20)),
)
stories = st.builds(
    Story,
    campaign=st.integers(0, 2),
    influencer=st.integers(0, 1),
    source=st.sampled_from(["instagram", "tiktok", "direct"]),
    value=st.sampled_from(["50.00", "123.45", "799.99", "800.00", "5000.00"]).map(Decimal),
    created_at=moments,
    decided_after=st.one_of(st.none(), times, times),
    reason=st.sampled_from(["", "", "", *RejectionReason.values]),
    score=st.one_of(st.none(), st.integers(1, 10)),
    by_person=st.booleans(),
    outcome_after=st.one_of(st.none(), times),
    converted=st.booleans(),
    actual_value=st.one_of(st.none(), st.sampled_from(["0.00", "900.50"]).map(Decimal)),
    returned_after=st.one_of(st.none(), st.none(), times),
)


@dataclass(frozen=True)
class Place:
    """A campaign with what a lead of it needs: ids by influencer number."""

    merchant_id: UUID
    campaign_id: UUID
    deposit_id: UUID
    agreement_ids: tuple[UUID, UUID]


def store(world: list[Story], places: list[Place], influencers: list[UUID], user_id: UUID) -> None:
    """Insert the leads as they are at the end of their stories, with decisions and returns; call as the platform."""
    leads, decisions, returns = [], [], []
    for story in world:
        lead = _lead(story, places[story.campaign], influencers[story.influencer])
        leads.append(lead)
        if story.decided_at:
            decision = "rejected" if story.rejected else "validated"
            decided = {"rejection_reason": lead.rejection_reason, "quality_score": lead.quality_score}
            decisions.append(
                LeadValidation(
                    lead=lead,
                    decision=decision,
                    commission_amount=lead.commission_amount,
                    rejection_details="Autre" if story.reason == "other" else "",
                    user_id=user_id if story.by_person else None,
                    created_at=story.decided_at,
                    **decided,
                )
            )
        if story.outcome_at:
            decisions.append(
                LeadValidation(lead=lead, decision=story.status, commission_amount=0, created_at=story.outcome_at)
            )
        if story.returned_at:
            returns.append(
                LeadReturn(
                    lead=lead,
                    reason="fraud",
                    status="accepted",
                    asked_by_id=user_id,
                    decided_by_id=user_id,
                    decided_at=story.returned_at,
                )
            )
    Lead.objects.bulk_create(leads)
    LeadValidation.objects.bulk_create(decisions)
    LeadReturn.objects.bulk_create(returns)


def _lead(story: Story, place: Place, influencer_id: UUID) -> Lead:
    contact = submission()
    return Lead(
        id=new_id(),
        merchant_id=place.merchant_id,
        campaign_id=place.campaign_id,
        influencer_id=influencer_id,
        agreement_id=place.agreement_ids[story.influencer],
        deposit_id=place.deposit_id,
        status=story.status,
        customer_name=contact.customer_name,
        customer_email=contact.customer_email,
        customer_phone=contact.customer_phone,
        source=story.source,
        estimated_value=story.value,
        percentage_commission_rate=10,
        fixed_commission_amount=80,
        commission_threshold=800,
        commission_type="fixed" if story.value >= 800 else "percentage",
        commission_amount=story.commission,
        influencer_percentage=30,
        influencer_commission_amount=story.influencer_share,
        platform_commission_amount=story.commission - story.influencer_share,
        auto_payment=True,
        expires_at=story.created_at + timedelta(hours=72),
        created_at=story.created_at,
        decided_at=story.decided_at,
        quality_score=story.score if story.validated else None,
        rejection_reason=story.reason if story.rejected else "",
        outcome_at=story.outcome_at,
        actual_value=story.actual_value if story.status == "converted" else None,
    )


def figures(world: list[Story], period: Period | None) -> LeadFigures:
    """Count the figures of leads: the definitions of LeadFigures, one lead after another."""
    created = [story for story in world if within(story.created_at, period)]
    decided = [story for story in world if story.decided_at and within(story.decided_at, period)]
    validated = [story for story in decided if story.validated]
    returned = [story for story in validated if story.returned_at]
    sold = [story for story in validated if story.status == "converted"]
    timed = [story for story in decided if story.by_person]
    return LeadFigures(
        created_count=len(created),
        created_validated_count=sum(story.validated for story in created),
        created_rejected_count=sum(story.rejected for story in created),
        created_converted_count=sum(story.status == "converted" for story in created),
        created_lost_count=sum(story.status == "lost" for story in created),
        estimated_amount=sum((story.value for story in created), Decimal(0)),
        validated_count=len(validated),
        converted_count=len(sold),
        lost_count=sum(story.status == "lost" for story in validated),
        returned_count=len(returned),
        gross_commission_amount=sum((story.commission for story in validated), Decimal(0)),
        gross_influencer_amount=sum((story.influencer_share for story in validated), Decimal(0)),
        returned_commission_amount=sum((story.commission for story in returned), Decimal(0)),
        returned_influencer_amount=sum((story.influencer_share for story in returned), Decimal(0)),
        converted_amount=sum(
            (story.value if story.actual_value is None else story.actual_value for story in sold), Decimal(0)
        ),
        score_counts={score: sum(story.score == score for story in validated) for score in range(1, 11)},
        rejection_counts={
            reason: sum(story.rejected and story.reason == reason for story in decided)
            for reason in RejectionReason.values
        },
        hours_counts=tuple(sum(hours_class(story) == number for story in timed) for number in range(7)),
        decision_seconds=sum(int(story.decided_after.total_seconds()) for story in timed),
    )


def hours_class(story: Story) -> int:
    return sum(story.decided_after >= timedelta(hours=end) for end in HOURS)


def within(moment: datetime, period: Period | None) -> bool:
    return period is None or period.first <= local_day(moment) <= period.last


def local_day(moment: datetime) -> date:
    return moment.astimezone(CASABLANCA).date()


def of_scope(world: list[Story], scope: LeadScope, places: list[Place], influencers: list[UUID]) -> list[Story]:
    """Return the stories that a scope is about."""
    return [
        story
        for story in world
        if scope.merchant_id in (None, places[story.campaign].merchant_id)
        and scope.campaign_id in (None, places[story.campaign].campaign_id)
        and scope.influencer_id in (None, influencers[story.influencer])
        and scope.source in (None, story.source)
    ]


def rounded(amount: Decimal) -> Decimal:
    return amount.quantize(Decimal("0.01"), rounding=ROUND_HALF_UP)
