"""The staff site's pages of campaigns, agreements, leads and earnings. They change by services alone."""

from leads.admin.agreements import AgreementAdmin
from leads.admin.campaigns import CampaignAdmin
from leads.admin.earnings import EarningEntryAdmin, InfluencerBalanceAdmin
from leads.admin.leads import LeadAdmin, LeadConsentAdmin, LeadValidationAdmin
from leads.admin.returns import LeadReturnAdmin

__all__ = [
    "AgreementAdmin",
    "CampaignAdmin",
    "EarningEntryAdmin",
    "InfluencerBalanceAdmin",
    "LeadAdmin",
    "LeadConsentAdmin",
    "LeadReturnAdmin",
    "LeadValidationAdmin",
]
