"""A year of leads: who brought them when, and what became of each. Decides stories, moves no money."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from decimal import Decimal

from django.utils import timezone

from leads.models import Lead, RejectionReason
from leadsmarket.demo.catalogue import INFLUENCERS, MERCHANTS, AgreementPlan, CampaignPlan, InfluencerPlan
from leadsmarket.demo.chance import Chance
from leadsmarket.demo.contacts import Contact, make_contact
from leadsmarket.demo.world import World

WEEKDAYS = (1.15, 1.2, 1.15, 1.1, 0.8, 0.95, 0.65)  # Monday first; Friday afternoons are quiet
EXPIRED_SHARE = 0.045
CONVERTED_SHARE, LOST_SHARE = 0.44, 0.27
OPENING_HOUR, CLOSING_HOUR = 9, 20
EXPIRY_JOB = time(23, 0)
LONGEST_PENDING, FRESHEST_PENDING = 0.93, 0.03
"""How much of their time to decide the pending leads of today have used, in parts of one: the oldest soon expires."""
FULL_DEPOSIT_PENDING, LONGEST_PENDING_WHEN_FULL = 20, 0.6
"""From so many pending leads a campaign's deposit is full; they are recent, so that it filled up just now."""

REJECTIONS = (
    (RejectionReason.UNREACHABLE, 30),
    (RejectionReason.NOT_INTERESTED, 24),
    (RejectionReason.BUDGET_TOO_LOW, 16),
    (RejectionReason.OUT_OF_AREA, 12),
    (RejectionReason.INCOMPLETE, 9),
    (RejectionReason.DUPLICATE, 4),
    (RejectionReason.OTHER, 4),
    (RejectionReason.FRAUD, 1),
)
OTHER_DETAILS = ("Déjà client chez nous.", "Cherche un emploi, pas une prestation.", "Projet reporté à l'an prochain.")
FEEDBACK = (
    "Contact sérieux, merci.",
    "Très bon contact, rendez-vous pris.",
    "À rappeler plusieurs fois.",
    "Budget juste.",
)

INFLUENCERS_BY_KEY = {plan.key: plan for plan in INFLUENCERS}


@dataclass(slots=True)
class Story:
    """One lead from submission to outcome. status is the last one; the moments of steps not taken are None."""

    merchant: str
    campaign: CampaignPlan
    agreement_index: int
    contact: Contact
    source: str
    notes: str
    value: Decimal
    created_at: datetime
    expires_at: datetime
    status: str = Lead.Status.PENDING
    decided_at: datetime | None = None
    score: int | None = None
    feedback: str = ""
    reason: str = ""
    details: str = ""
    outcome_at: datetime | None = None
    actual_value: Decimal | None = None


def tell_stories(world: World, seed: str) -> list[Story]:
    """Return the stories of every campaign's leads in the order of their submission."""
    stories: list[Story] = []
    for merchant_plan in MERCHANTS:
        for campaign in merchant_plan.campaigns:
            chance = Chance(f"{seed}/{merchant_plan.key}/{campaign.key}")
            for moment, is_pending in _moments(world, campaign, chance):
                index = _choose_agreement(world, merchant_plan.key, campaign, moment, chance)
                if index is None:
                    continue
                story = _submit(world, merchant_plan.key, campaign, index, moment, len(stories), chance)
                if not is_pending:
                    _decide(world, story, chance)
                stories.append(story)
    return sorted(stories, key=lambda story: (story.created_at, story.contact.email))


def _moments(world: World, campaign: CampaignPlan, chance: Chance) -> Iterator[tuple[datetime, bool]]:
    """When the campaign's leads came, and whether each still waits for a decision."""
    today = timezone.localdate(world.now)
    for days_ago in range(campaign.started - 1, campaign.ended, -1):
        day = today - timedelta(days=days_ago)
        expected = (
            campaign.yearly_leads / 365 * WEEKDAYS[day.weekday()] * (1.5 if day.month in campaign.peak_months else 1)
        )
        expected *= 1.25 - days_ago / 730  # the platform grows
        for _number in range(chance.count(expected)):
            hour = chance.triangular(8, 22.5, 18)
            clock = time(int(hour), int(hour % 1 * 60), chance.randrange(60))
            yield timezone.make_aware(datetime.combine(day, clock)), False
    for moment in _pending_moments(world, campaign, chance):
        yield moment, True


def _pending_moments(world: World, campaign: CampaignPlan, chance: Chance) -> Iterator[datetime]:
    """When the leads came that wait today: spread over the time to decide, none expired yet."""
    hours = campaign.terms.lead_expiry_hours
    longest = LONGEST_PENDING if campaign.pending < FULL_DEPOSIT_PENDING else LONGEST_PENDING_WHEN_FULL
    step = (longest - FRESHEST_PENDING) / max(campaign.pending - 1, 1)
    for number in range(campaign.pending):
        used = longest - step * number - chance.uniform(0, 0.025)
        yield world.now - timedelta(minutes=int(used * hours * 60))


def _choose_agreement(
    world: World, merchant: str, campaign: CampaignPlan, moment: datetime, chance: Chance
) -> int | None:
    """The index of an agreement in force for this campaign at that moment; None where there was none."""
    possible = [
        index
        for index, (plan, _row) in enumerate(world.agreements)
        if _in_force(world, plan, merchant, campaign, moment)
    ]
    if not possible:
        return None
    weights = [
        world.agreements[index][0].weight * INFLUENCERS_BY_KEY[world.agreements[index][0].influencer].weight
        for index in possible
    ]
    return chance.choices(possible, weights)[0]


def _in_force(world: World, plan: AgreementPlan, merchant: str, campaign: CampaignPlan, moment: datetime) -> bool:
    if plan.merchant != merchant or plan.campaign not in ("", campaign.key) or plan.status == "pending":
        return False
    return world.days_ago(plan.since - 1) <= moment and (not plan.until or moment < world.days_ago(plan.until))


def _submit(
    world: World, merchant: str, campaign: CampaignPlan, index: int, moment: datetime, number: int, chance: Chance
) -> Story:
    plan, _row = world.agreements[index]
    influencer = INFLUENCERS_BY_KEY[plan.influencer]
    sources = [*influencer.sources, *influencer.sources[:1], "whatsapp", "direct"]
    low, high = campaign.values
    value = Decimal(int(chance.triangular(low, high, low + (high - low) * 0.25)))
    if chance.happens(0.7):
        value = max(value // 50 * 50, Decimal(low))  # people estimate in round figures
    return Story(
        merchant=merchant,
        campaign=campaign,
        agreement_index=index,
        contact=make_contact(chance, number),
        source=chance.choice(sources),
        notes=chance.choice(campaign.notes) if chance.happens(0.6) else "",
        value=value.quantize(Decimal("0.01")),
        created_at=moment,
        expires_at=moment + timedelta(hours=campaign.terms.lead_expiry_hours),
    )


def _decide(world: World, story: Story, chance: Chance) -> None:
    plan, _row = world.agreements[story.agreement_index]
    influencer = INFLUENCERS_BY_KEY[plan.influencer]
    draw, delay = chance.random(), chance.uniform(0.02, 0.8) ** 1.5
    if not plan.terms.requires_validation:
        story.status, story.decided_at = Lead.Status.VALIDATED, story.created_at
    elif draw < EXPIRED_SHARE and (expired_at := _expiry_run(story.expires_at)) < world.midnight:
        story.status, story.decided_at = Lead.Status.REJECTED, expired_at
        story.reason = RejectionReason.EXPIRED
    else:
        story.decided_at = _decision_moment(world, story, delay)
        if draw < EXPIRED_SHARE + (1 - EXPIRED_SHARE) * influencer.validated_share:
            story.status = Lead.Status.VALIDATED
            story.score = min(10, max(1, round(chance.gauss(influencer.mean_score, 1.4))))
            story.feedback = chance.choice(FEEDBACK) if chance.happens(0.25) else ""
        else:
            story.status = Lead.Status.REJECTED
            story.reason = chance.choices(*zip(*REJECTIONS, strict=True))[0]
            if story.reason == RejectionReason.OTHER:
                story.details = chance.choice(OTHER_DETAILS)
    if story.status == Lead.Status.VALIDATED:
        _conclude(world, story, influencer, chance)


def _decision_moment(world: World, story: Story, delay: float) -> datetime:
    """A moment in the merchant's hours where there is one before the lead expires, and never today."""
    latest = min(story.expires_at, world.midnight)
    span = latest - story.created_at
    decided_at = story.created_at + timedelta(seconds=int(max(span.total_seconds() * delay, 60)))
    local = timezone.localtime(decided_at)
    if OPENING_HOUR <= local.hour < CLOSING_HOUR:
        return decided_at
    morning = local.replace(hour=OPENING_HOUR) + timedelta(days=local.hour >= CLOSING_HOUR)
    return morning if morning < latest else decided_at


def _expiry_run(expires_at: datetime) -> datetime:
    """The daily job's run that found the lead expired."""
    local = timezone.localtime(expires_at)
    run = timezone.make_aware(datetime.combine(local.date(), EXPIRY_JOB))
    return run if run >= expires_at else timezone.make_aware(datetime.combine(local.date() + timedelta(1), EXPIRY_JOB))


def _conclude(world: World, story: Story, influencer: InfluencerPlan, chance: Chance) -> None:
    """The sale, the loss, or nothing known yet."""
    draw = chance.random()
    ratio, is_known = chance.uniform(0.7, 1.5), chance.happens(0.9)
    outcome_at = chance.after(story.decided_at, timedelta(days=2), timedelta(days=24))
    if outcome_at >= world.midnight or draw > CONVERTED_SHARE + LOST_SHARE:
        return
    story.outcome_at = outcome_at
    if draw < CONVERTED_SHARE:
        story.status = Lead.Status.CONVERTED
        story.actual_value = (story.value * Decimal(f"{ratio:.2f}")).quantize(Decimal("0.01")) if is_known else None
    else:
        story.status = Lead.Status.LOST
