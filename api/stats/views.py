"""Figures: of a merchant, a campaign, an influencer, the platform."""

from uuid import UUID

from rest_framework.request import Request
from rest_framework.response import Response

from accounts.models import Influencer
from analytics.periods import Period
from analytics.selectors.statistics import campaign_stats, influencer_stats, overview_stats, platform_stats
from api.operations import MERCHANT, STAFF, Operation, shown
from api.stats.serializers import (
    CampaignFiguresAnswer,
    InfluencerFiguresAnswer,
    OverviewAnswer,
    PeriodQuery,
    PlatformAnswer,
)
from leads.errors import CampaignNotFound
from leads.models import Campaign, InfluencerAgreement
from leadsmarket.lib.actor import Actor
from leadsmarket.lib.errors import NotFound


class FiguresOperation(Operation):
    """Answers with figures of the last days."""

    tag = "statistics"
    query = PeriodQuery

    def period(self) -> Period:
        """Return the period of `?period_days=`. Raises ValidationError."""
        return Period.last_days(self.read_query()["period_days"])


class ReadOverview(FiguresOperation):
    """Read the overview of a merchant.

    Deposits, leads, money and trends of the last days.
    """

    roles = MERCHANT
    answer = OverviewAnswer

    def get(self, request: Request) -> Response:
        assert self.actor.merchant_id is not None  # noqa: S101 - the role says so
        return Response(shown(OverviewAnswer, overview_stats(self.actor.merchant_id, self.period())))


class ReadCampaignFigures(FiguresOperation):
    """Read the figures of a campaign.

    Leads, money and trends of the last days.
    """

    roles = MERCHANT | STAFF
    answer = CampaignFiguresAnswer

    def get(self, request: Request, campaign_id: UUID) -> Response:
        period = self.period()
        campaign = Campaign.objects.filter(pk=campaign_id).first()
        if campaign is None:
            raise CampaignNotFound
        return Response(shown(CampaignFiguresAnswer, campaign_stats(campaign, period)))


class ReadInfluencerFigures(FiguresOperation):
    """Read the figures of an influencer.

    An influencer their own; a merchant those of an influencer with an agreement, for its own leads alone; staff all.
    """

    answer = InfluencerFiguresAnswer

    def get(self, request: Request, influencer_id: UUID) -> Response:
        period = self.period()
        if not _sees(self.actor, influencer_id):
            raise NotFound
        stats = influencer_stats(influencer_id, period, merchant_id=self.actor.merchant_id)
        return Response(shown(InfluencerFiguresAnswer, stats))


class ReadPlatformFigures(FiguresOperation):
    """Read the figures of the platform.

    For staff.
    """

    roles = STAFF
    answer = PlatformAnswer

    def get(self, request: Request) -> Response:
        return Response(shown(PlatformAnswer, platform_stats(self.period())))


def _sees(actor: Actor, influencer_id: UUID) -> bool:
    if actor.influencer_id:
        return actor.influencer_id == influencer_id
    if actor.merchant_id:
        return InfluencerAgreement.objects.filter(merchant_id=actor.merchant_id, influencer_id=influencer_id).exists()
    return Influencer.objects.filter(pk=influencer_id).exists()
