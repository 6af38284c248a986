"""Campaigns, agreements, leads and the earnings of influencers."""

from leads.models.agreements import InfluencerAgreement
from leads.models.campaigns import Campaign, CampaignSettings
from leads.models.earnings import EarningEntry, InfluencerBalance
from leads.models.leads import CommissionType, Lead, LeadConsent, LeadSource, LeadValidation, RejectionReason
from leads.models.privacy import BlockedContact, ProspectRequest
from leads.models.returns import LeadReturn, ReturnReason
from leads.models.statistics import InfluencerLeadPerformance, LeadCampaignStats

__all__ = [
    "BlockedContact",
    "Campaign",
    "CampaignSettings",
    "CommissionType",
    "EarningEntry",
    "InfluencerAgreement",
    "InfluencerBalance",
    "InfluencerLeadPerformance",
    "Lead",
    "LeadCampaignStats",
    "LeadConsent",
    "LeadReturn",
    "LeadSource",
    "LeadValidation",
    "ProspectRequest",
    "RejectionReason",
    "ReturnReason",
]
