"""What people were told of leads, campaigns and agreements in the last weeks."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any
from uuid import UUID

from django.utils import timezone

from accounts.models import User
from alerts.kinds import Kind
from alerts.tellers.agreements import suspension_context
from alerts.tellers.campaigns import campaign_context
from alerts.tellers.leads import (
    DIGEST_MINUTES,
    SHOWN_LEADS,
    TOGETHER,
    decision_context,
    expiry_context,
    new_leads_context,
)
from leads.models import Campaign, InfluencerAgreement, Lead, RejectionReason
from leads.selectors.pending import PendingSummary
from leadsmarket.demo.catalogue import MERCHANTS, CampaignPlan
from leadsmarket.demo.levels import Worsening, depletions
from leadsmarket.demo.post import Post
from leadsmarket.demo.rows import LeadRows
from leadsmarket.lib.money import ZERO

NEWS = timedelta(days=14)
"""What is told lead by lead is younger."""
DIGESTS = timedelta(days=3)
BREAK_OF, BREAK_WITHIN = ("atlas", "clim"), timedelta(days=35)
"""A campaign that its merchant paused for a while, in the longest time without a lead."""


def tell_leads(post: Post, rows: LeadRows) -> None:
    """Tell merchants of new leads, influencers of decisions, both of leads that expired."""
    since = post.world.midnight - NEWS
    leads = [lead for lead, _decider in rows.leads if lead.decided_at is None or lead.decided_at >= since]
    for lead in leads:
        if lead.created_at >= since:
            _tell_new_lead(post, lead, leads)
        if lead.decided_at and lead.decided_at >= since and lead.rejection_reason != RejectionReason.EXPIRED:
            _tell_decision(post, lead)
    for moment, side, expired in _expired_together(leads, since):
        _tell_expired(post, moment, side, expired)
    for end, together in _of_the_same_quarter(leads, post.world.midnight - DIGESTS):
        if end <= post.world.now:
            _tell_together(post, end, together, leads)


def tell_campaigns(post: Post, rows: LeadRows, worsenings: Sequence[Worsening]) -> None:
    """Tell influencers which campaigns stopped and go on; merchants of those that their deposit stopped."""
    empty = depletions(worsenings)
    for merchant in MERCHANTS:
        for plan in merchant.campaigns:
            campaign = post.world.campaigns[merchant.key, plan.key]
            if campaign.pause_reason == Campaign.PauseReason.DEPLETED:
                for one in empty.values():
                    if one.deposit.merchant_id == campaign.merchant_id:
                        _tell_campaign(
                            post, merchant.key, plan, one.movement.created_at, Kind.CAMPAIGN_PAUSED, "depleted"
                        )
            elif campaign.status in (Campaign.Status.PAUSED, Campaign.Status.ENDED):
                moment = post.world.days_ago(plan.ended)
                _tell_campaign(post, merchant.key, plan, moment, Kind.CAMPAIGN_PAUSED, campaign.pause_reason)
            elif (merchant.key, plan.key) == BREAK_OF:
                _take_a_break(post, merchant.key, plan, rows)


def tell_agreements(post: Post) -> None:
    """Tell both sides of agreements that are suspended."""
    for plan, agreement in post.world.agreements:
        if agreement.status == InfluencerAgreement.Status.SUSPENDED:
            moment = post.world.days_ago(plan.until)
            for people, to_influencer in (
                ([agreement.influencer.user], True),
                (post.teams[agreement.merchant_id], False),
            ):
                post.tell(
                    Kind.AGREEMENT_SUSPENDED,
                    people,
                    moment,
                    f"agreement:{agreement.pk}:1",
                    suspension_context(agreement, agreement.status_reason, to_influencer=to_influencer),
                    campaign_id=agreement.campaign_id,
                )


def _tell_new_lead(post: Post, lead: Lead, leads: Sequence[Lead]) -> None:
    post.tell(
        Kind.NEW_LEAD,
        post.teams[lead.merchant_id],
        lead.created_at,
        f"lead:{lead.pk}",
        _new_leads([lead], 1, lead.created_at, leads),
        channels=(),
        lead_id=lead.pk,
        campaign_id=lead.campaign_id,
    )


def _tell_together(post: Post, end: datetime, together: Sequence[Lead], leads: Sequence[Lead]) -> None:
    merchant_id = together[0].merchant_id
    start = int(end.timestamp()) - DIGEST_MINUTES * 60
    post.tell(
        Kind.NEW_LEAD,
        post.teams[merchant_id],
        end,
        f"merchant:{merchant_id}:leads:{start}",
        _new_leads(together[:SHOWN_LEADS], len(together), end, leads),
        channels=TOGETHER[:1],
        on_dashboard=False,
    )


def _new_leads(shown: Sequence[Lead], count: int, now: datetime, leads: Sequence[Lead]) -> dict[str, Any]:
    merchant_id = shown[0].merchant_id
    waiting = [lead for lead in leads if lead.merchant_id == merchant_id and _waits(lead, now)]
    pending = PendingSummary(
        len(waiting),
        False,
        sum((lead.estimated_value for lead in waiting), ZERO),
        sum((lead.commission_amount for lead in waiting), ZERO),
    )
    expires_at = min((lead.expires_at for lead in shown if _waits(lead, now)), default=None)
    return new_leads_context(shown, count, expires_at=expires_at, pending=pending, now=now)


def _waits(lead: Lead, now: datetime) -> bool:
    return lead.created_at <= now and (lead.decided_at is None or lead.decided_at > now)


def _tell_decision(post: Post, lead: Lead) -> None:
    post.tell(
        Kind.LEAD_REJECTED if lead.status == Lead.Status.REJECTED else Kind.LEAD_VALIDATED,
        [lead.influencer.user],
        lead.decided_at,
        f"lead:{lead.pk}",
        decision_context(lead),
        lead_id=lead.pk,
        campaign_id=lead.campaign_id,
    )


def _tell_expired(post: Post, moment: datetime, side: str, expired: Sequence[Lead]) -> None:
    lead = expired[0]
    to_influencer = side == "influencer"
    lead_id = lead.pk if len(expired) == 1 else None
    post.tell(
        Kind.LEAD_EXPIRED,
        [lead.influencer.user] if to_influencer else post.teams[lead.merchant_id],
        moment,
        f"expiry:{moment:%Y-%m-%d}:{lead.influencer_id if to_influencer else lead.merchant_id}",
        expiry_context(
            len(expired),
            amount=sum((one.commission_amount for one in expired), ZERO),
            lead_id=lead_id,
            to_influencer=to_influencer,
        ),
        lead_id=lead_id,
    )


def _expired_together(leads: Sequence[Lead], since: datetime) -> Iterator[tuple[datetime, str, list[Lead]]]:
    groups: dict[tuple[datetime, str, UUID], list[Lead]] = defaultdict(list)
    for lead in leads:
        if lead.rejection_reason == RejectionReason.EXPIRED and lead.decided_at >= since:
            groups[lead.decided_at, "merchant", lead.merchant_id].append(lead)
            groups[lead.decided_at, "influencer", lead.influencer_id].append(lead)
    for (moment, side, _id), found in groups.items():
        yield moment, side, found


def _of_the_same_quarter(leads: Sequence[Lead], since: datetime) -> Iterator[tuple[datetime, list[Lead]]]:
    seconds = DIGEST_MINUTES * 60
    groups: dict[tuple[UUID, int], list[Lead]] = defaultdict(list)
    for lead in leads:
        if lead.created_at >= since:
            groups[lead.merchant_id, int(lead.created_at.timestamp()) // seconds].insert(0, lead)
    for (_merchant_id, quarter), found in groups.items():
        yield datetime.fromtimestamp((quarter + 1) * seconds, tz=UTC), found


def _tell_campaign(post: Post, merchant: str, plan: CampaignPlan, moment: datetime, kind: Kind, reason: str) -> None:
    campaign = post.world.campaigns[merchant, plan.key]
    told: list[tuple[list[User], bool]] = [(_influencers(post, merchant, plan.key, moment), True)]
    if reason == "depleted":
        told.append((post.world.teams[merchant], False))
    for people, to_influencer in told:
        post.tell(
            kind,
            people,
            moment,
            f"campaign:{campaign.pk}:{kind}:{moment:%Y-%m-%d}",
            campaign_context(
                campaign, status=campaign.status, reason=reason, by_staff=False, to_influencer=to_influencer
            ),
            campaign_id=campaign.pk,
        )


def _influencers(post: Post, merchant: str, campaign: str, moment: datetime) -> list[User]:
    world = post.world
    return [
        agreement.influencer.user
        for plan, agreement in world.agreements
        if plan.merchant == merchant
        and plan.campaign in ("", campaign)
        and plan.status != InfluencerAgreement.Status.PENDING
        and world.days_ago(plan.since - 1) <= moment
        and (not plan.until or moment < world.days_ago(plan.until))
    ]


def _take_a_break(post: Post, merchant: str, plan: CampaignPlan, rows: LeadRows) -> None:
    """A day between the two leads that are furthest apart; its own steps are in the audit trail."""
    world, campaign = post.world, post.world.campaigns[merchant, plan.key]
    since = world.midnight - BREAK_WITHIN
    came = [
        lead.created_at
        for lead, _decider in rows.leads
        if lead.campaign.pk == campaign.pk and since <= lead.created_at < world.midnight
    ]
    length, start = max((after - before, before) for before, after in pairwise(came))
    owner = world.teams[merchant][0]
    steps = (
        (Kind.CAMPAIGN_PAUSED, Campaign.Status.PAUSED, length / 4, "manual"),
        (Kind.CAMPAIGN_RESUMED, Campaign.Status.ACTIVE, length * 3 / 4, ""),
    )
    before: str = Campaign.Status.ACTIVE
    for kind, status, later, reason in steps:
        moment = (start + later).replace(microsecond=0)
        _tell_campaign(post, merchant, plan, timezone.localtime(moment), kind, reason)
        data = {"before": before, "after": status.value, "reason": reason}
        world.record("leads.campaign.status_changed", campaign, owner, moment, **data)
        before = status.value
