"""An influencer submits a lead."""

from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.core.exceptions import ValidationError
from django.core.validators import MaxLengthValidator, validate_email
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from deposits.errors import DepositSuspended, InsufficientDeposit
from deposits.models import Deposit
from deposits.services import reserve_commission
from leads.consent import CONSENT_VERSION, consent_text
from leads.errors import (
    AgreementInactive,
    CampaignCannotTakeLeads,
    CampaignPaused,
    ContactBlocked,
    DepositNotUsable,
    OwnContact,
)
from leads.models import Campaign, InfluencerAgreement, Lead, LeadConsent, LeadSource
from leads.services.decisions import validate_without_score
from leads.signals import lead_created
from leads.terms import LeadTerms, lead_terms
from leadsmarket.lib.actor import acting_user_id
from leadsmarket.lib.errors import InvalidInput, Refusal, raising_refusals
from leadsmarket.lib.money import LARGEST_AMOUNT, format_mad, round_to_centime
from leadsmarket.lib.phone import NotAPhoneNumber, normalise_phone

# Toll-free and premium-rate ranges (guides/morocco.md, 1).
UNREACHABLE_PREFIXES = ("+21280", "+21289")
LONGEST_EMAIL = 254


@dataclass(frozen=True, slots=True)
class LeadSubmission:
    """What an influencer typed. estimated_value in MAD; consent_confirmed: the prospect agreed, see leads.consent.

    submission_key: made with the form, so that the same form sent twice is one lead.
    """

    customer_name: str
    customer_email: str
    customer_phone: str
    estimated_value: Decimal
    source: str
    customer_company: str = ""
    customer_notes: str = ""
    consent_confirmed: bool = False
    consent_channel: str = LeadConsent.Channel.FORM
    ip_address: str | None = None
    submission_key: UUID | None = None


def create_lead(*, influencer_id: UUID, campaign_id: UUID, submission: LeadSubmission) -> Lead:
    """Store a pending lead and reserve its commission, or refuse and change nothing.

    The same submission_key again returns the first lead. Where the agreement needs no validation the lead is validated
    at once, without a score. Raises InvalidInput, OwnContact, ContactBlocked, CampaignNotFound, CampaignPaused,
    AgreementInactive, DuplicateLead, CampaignCannotTakeLeads, DepositNotUsable. Rule: product.md, "Lead / Create".
    """
    if submission.submission_key and (lead := _already_submitted(influencer_id, submission.submission_key)):
        return lead
    try:
        with transaction.atomic():
            return _create(influencer_id, campaign_id, submission)
    except (Refusal, IntegrityError):
        # The twin of a double click may have committed meanwhile: its contact is known now, its commission taken.
        if submission.submission_key and (lead := _already_submitted(influencer_id, submission.submission_key)):
            return lead
        raise


def _create(influencer_id: UUID, campaign_id: UUID, submission: LeadSubmission) -> Lead:
    contact = _checked_contact(submission)
    terms = lead_terms(
        campaign_id=campaign_id,
        influencer_id=influencer_id,
        estimated_value=submission.estimated_value,
        email=contact["customer_email"],
        phone=contact["customer_phone"],
    )
    _check_terms(terms, submission)
    now = timezone.now()
    lead = Lead(
        influencer_id=influencer_id,
        campaign_id=campaign_id,
        estimated_value=submission.estimated_value,
        source=submission.source,
        submission_key=submission.submission_key,
        expires_at=now + timedelta(hours=terms.lead_expiry_hours),
        created_at=now,
        updated_at=now,
        **contact,
        **_copied_terms(terms),
    )
    with raising_refusals():
        lead.save(force_insert=True)
    _record_consent(lead, terms.merchant_name, submission)
    _reserve(lead)
    lead_created.send(Lead, lead=lead)
    if not terms.requires_validation:
        validate_without_score(lead)
    return lead


def _checked_contact(submission: LeadSubmission) -> dict[str, str]:
    """Return the contact fields as they are stored, or raise InvalidInput with every field that doesn't fit."""
    errors: dict[str, str] = {}
    contact = {
        "customer_name": submission.customer_name.strip(),
        "customer_email": submission.customer_email.strip().lower(),
        "customer_phone": "",
        "customer_company": submission.customer_company.strip(),
        "customer_notes": submission.customer_notes.strip(),
    }
    for name, limit in (("customer_name", 120), ("customer_company", 120), ("customer_notes", 2000)):
        if len(contact[name]) > limit:
            errors[name] = _("At most %(limit)s characters.") % {"limit": limit}
    if not contact["customer_name"]:
        errors["customer_name"] = _("This field is required.")
    try:
        validate_email(contact["customer_email"])
        MaxLengthValidator(LONGEST_EMAIL)(contact["customer_email"])
    except ValidationError:
        errors["customer_email"] = _("Enter a valid e-mail address.")
    try:
        contact["customer_phone"] = normalise_phone(submission.customer_phone)
    except NotAPhoneNumber:
        errors["customer_phone"] = _("Enter a phone number that can be called, for example 06 12 34 56 78.")
    if contact["customer_phone"].startswith(UNREACHABLE_PREFIXES):
        errors["customer_phone"] = _("Toll-free and premium-rate numbers can't be a customer's phone.")
    if submission.source not in LeadSource.values:
        errors["source"] = _("Choose one of the sources.")
    if not _is_amount(submission.estimated_value):
        errors["estimated_value"] = _("Enter an amount with two decimals at most.")
    if not submission.consent_confirmed:
        errors["consent"] = _("Without the person's agreement this lead can't be sent.")
    if errors:
        raise InvalidInput(fields=errors)
    return contact


def _is_amount(value: Decimal) -> bool:
    return value.is_finite() and 0 < value <= LARGEST_AMOUNT and value == round_to_centime(value)


def _check_terms(terms: LeadTerms, submission: LeadSubmission) -> None:
    if terms.campaign_status != Campaign.Status.ACTIVE:
        raise CampaignPaused
    if terms.agreement_status != InfluencerAgreement.Status.ACTIVE:
        raise AgreementInactive
    if submission.estimated_value < terms.minimum_estimated_value:
        least = format_mad(terms.minimum_estimated_value)
        raise InvalidInput(fields={"estimated_value": _("At least %(minimum)s.") % {"minimum": least}})
    if terms.is_own_contact:
        raise OwnContact
    if terms.is_blocked:
        raise ContactBlocked
    # Whether the deposit can give the commission is decided by the reservation, under its lock; a merchant that is
    # switched off takes nothing whatever its deposit holds.
    if terms.deposit_id is None or (terms.deposit_status == Deposit.Status.ACTIVE and not terms.accepts_leads):
        raise CampaignCannotTakeLeads


def _copied_terms(terms: LeadTerms) -> dict[str, Any]:
    """Return what the lead keeps of the terms of this moment, whatever becomes of campaign and agreement."""
    return {
        "merchant_id": terms.merchant_id,
        "agreement_id": terms.agreement_id,
        "deposit_id": terms.deposit_id,
        "percentage_commission_rate": terms.percentage_commission_rate,
        "fixed_commission_amount": terms.fixed_commission_amount,
        "commission_threshold": terms.commission_threshold,
        "commission_type": terms.commission_type,
        "commission_amount": terms.commission_amount,
        "influencer_percentage": terms.influencer_percentage,
        "influencer_commission_amount": terms.influencer_commission_amount,
        "platform_commission_amount": terms.commission_amount - terms.influencer_commission_amount,
        "auto_payment": terms.auto_payment,
    }


def _record_consent(lead: Lead, merchant_name: str, submission: LeadSubmission) -> None:
    LeadConsent.objects.create(
        lead=lead,
        text=consent_text(merchant_name),
        version=CONSENT_VERSION,
        language=(get_language() or "fr")[:2],
        channel=submission.consent_channel,
        ip_address=submission.ip_address,
        typed_by_id=acting_user_id(),
    )


def _reserve(lead: Lead) -> None:
    refusal: type[Refusal]
    try:
        reserve_commission(deposit_id=lead.deposit_id, lead_id=lead.pk, amount=lead.commission_amount)
    except InsufficientDeposit:
        refusal = CampaignCannotTakeLeads
    except DepositSuspended:
        refusal = DepositNotUsable
    else:
        return
    raise refusal


def _already_submitted(influencer_id: UUID, submission_key: UUID) -> Lead | None:
    return Lead.objects.filter(influencer_id=influencer_id, submission_key=submission_key).first()
