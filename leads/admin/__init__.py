"""The staff site's pages of campaigns, agreements, leads, earnings and personal data. They change by services alone."""

from leads.admin.agreements import AgreementAdmin
from leads.admin.campaigns import CampaignAdmin
from leads.admin.earnings import EarningEntryAdmin, InfluencerBalanceAdmin
from leads.admin.leads import LeadAdmin, LeadConsentAdmin, LeadValidationAdmin
from leads.admin.privacy import BlockedContactAdmin, ProspectRequestAdmin
from leads.admin.returns import LeadReturnAdmin

__all__ = [
    "AgreementAdmin",
    "BlockedContactAdmin",
    "CampaignAdmin",
    "EarningEntryAdmin",
    "InfluencerBalanceAdmin",
    "LeadAdmin",
    "LeadConsentAdmin",
    "LeadReturnAdmin",
    "LeadValidationAdmin",
    "ProspectRequestAdmin",
]
