"""Every business action on campaigns, agreements, leads and earnings: one function each."""

from leads.services.agreements import (
    accept_agreement,
    apply_to_campaign,
    change_agreement_terms,
    decline_agreement,
    invite_influencer,
    resume_agreement,
    suspend_agreement,
    terminate_agreement,
    update_agreement,
)
from leads.services.campaigns import (
    activate_campaign,
    change_campaign,
    create_campaign,
    end_campaign,
    pause_campaign,
    require_open_campaign,
    update_campaign,
)
from leads.services.decisions import mark_converted, mark_lost, reject_lead, validate_lead
from leads.services.earnings import make_earning_payable, make_earnings_payable
from leads.services.expiry import expire_leads
from leads.services.privacy import (
    ask_about_data,
    block_contact,
    carry_out_request,
    confirm_request,
    erase_prospect,
    record_request,
    record_viewed,
    refuse_request,
)
from leads.services.retention import end_retention
from leads.services.returns import accept_return, ask_return, refuse_return
from leads.services.submission import LeadSubmission, create_lead

__all__ = [
    "LeadSubmission",
    "accept_agreement",
    "accept_return",
    "activate_campaign",
    "apply_to_campaign",
    "ask_about_data",
    "ask_return",
    "block_contact",
    "carry_out_request",
    "change_agreement_terms",
    "change_campaign",
    "confirm_request",
    "create_campaign",
    "create_lead",
    "decline_agreement",
    "end_campaign",
    "end_retention",
    "erase_prospect",
    "expire_leads",
    "invite_influencer",
    "make_earning_payable",
    "make_earnings_payable",
    "mark_converted",
    "mark_lost",
    "pause_campaign",
    "record_request",
    "record_viewed",
    "refuse_request",
    "refuse_return",
    "reject_lead",
    "require_open_campaign",
    "resume_agreement",
    "suspend_agreement",
    "terminate_agreement",
    "update_agreement",
    "update_campaign",
    "validate_lead",
]
