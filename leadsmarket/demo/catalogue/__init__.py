"""Who and what the demonstration shows: invented companies, people, campaigns and agreements, as plain data."""

from leadsmarket.demo.catalogue.influencers import AGREEMENTS, INFLUENCERS
from leadsmarket.demo.catalogue.merchants import MERCHANTS
from leadsmarket.demo.catalogue.plans import (
    INFLUENCER_EMAIL,
    OWNER_EMAIL,
    STAFF_EMAIL,
    AgreementPlan,
    CampaignPlan,
    DepositPlan,
    InfluencerPlan,
    MerchantPlan,
)

__all__ = [
    "AGREEMENTS",
    "INFLUENCERS",
    "INFLUENCER_EMAIL",
    "MERCHANTS",
    "OWNER_EMAIL",
    "STAFF_EMAIL",
    "AgreementPlan",
    "CampaignPlan",
    "DepositPlan",
    "InfluencerPlan",
    "MerchantPlan",
]
