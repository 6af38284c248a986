"""Agreements: an influencer asks or is invited, the other side accepts; the merchant can suspend, resume and end."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from accounts.audit import record_audit
from accounts.models import Influencer
from leads.errors import AgreementExists, AgreementNotFound, CampaignNotFound, NotTheMerchants, StepNotPossible
from leads.models import Campaign, InfluencerAgreement
from leads.services.campaigns import require_open_campaign
from leads.signals import agreement_status_changed
from leadsmarket.lib.actor import SYSTEM, acting_as, current_actor
from leadsmarket.lib.errors import InvalidInput, raising_refusals

Status = InfluencerAgreement.Status


@dataclass(frozen=True, slots=True)
class AgreementTerms:
    """What a merchant grants; the defaults of product.md, "Agreement". Shares in percent, minimum_deposit in MAD."""

    commission_percentage: Decimal = Decimal("30.00")
    minimum_deposit: Decimal = Decimal("2000.00")
    quality_threshold: Decimal | None = None
    requires_validation: bool = True
    auto_payment: bool = True


DEFAULT_TERMS = AgreementTerms()


def apply_to_campaign(*, influencer_id: UUID, campaign_id: UUID, message: str = "") -> InfluencerAgreement:
    """Ask a merchant for an agreement on one active campaign; the merchant accepts or declines.

    Raises CampaignNotFound (also one that is not active), AgreementExists, InvalidInput (message too long).
    """
    campaign = Campaign.objects.filter(pk=campaign_id, status=Campaign.Status.ACTIVE).first()
    if campaign is None:
        raise CampaignNotFound
    agreement = InfluencerAgreement(
        merchant_id=campaign.merchant_id, influencer_id=influencer_id, campaign=campaign, message=message.strip()
    )
    covered = InfluencerAgreement.objects.filter(
        influencer_id=influencer_id, merchant_id=campaign.merchant_id, campaign=None
    ).exclude(status=Status.TERMINATED)
    if covered.exists():
        raise AgreementExists
    return _add(agreement, "leads.agreement.asked")


def invite_influencer(
    *, merchant_id: UUID, email: str, campaign_id: UUID | None = None, terms: AgreementTerms = DEFAULT_TERMS
) -> InfluencerAgreement:
    """Offer an influencer, known by their log-in address, an agreement for one campaign or for all (None).

    The influencer accepts or declines. Raises InvalidInput (nobody with this address, terms that don't fit),
    CampaignNotFound (also an ended one), AgreementExists.
    """
    if campaign_id:
        require_open_campaign(merchant_id=merchant_id, campaign_id=campaign_id)
    # A merchant sees an influencer only under an agreement, which is what is being made here.
    with acting_as(SYSTEM):
        influencer = Influencer.objects.filter(user__email__iexact=email.strip(), is_active=True).first()
    if influencer is None:
        raise InvalidInput(fields={"email": _("No influencer uses this address.")})
    agreement = InfluencerAgreement(
        merchant_id=merchant_id, influencer=influencer, campaign_id=campaign_id, is_invitation=True
    )
    _set_terms(agreement, terms)
    return _add(agreement, "leads.agreement.offered")


def accept_agreement(*, agreement_id: UUID, terms: AgreementTerms | None = None) -> InfluencerAgreement:
    """Make a pending agreement active: the merchant an application (with `terms`, else the defaults), the influencer an
    invitation as it stands. Repeating is harmless.

    Raises AgreementNotFound, StepNotPossible (suspended or ended), NotTheMerchants (the side that asked), InvalidInput.
    """
    with transaction.atomic(), raising_refusals():
        agreement = _locked(agreement_id)
        if agreement.status == Status.ACTIVE:
            return agreement
        if agreement.status != Status.PENDING:
            raise StepNotPossible
        _require_answering_side(agreement)
        if terms and not agreement.is_invitation:
            _set_terms(agreement, terms)
            agreement.save()
        return _change(agreement, Status.ACTIVE, "leads.agreement.accepted")


def decline_agreement(*, agreement_id: UUID) -> InfluencerAgreement:
    """Refuse or withdraw a pending agreement; either side. Repeating is harmless. Raises AgreementNotFound, StepNotPossible."""
    with transaction.atomic(), raising_refusals():
        agreement = _locked(agreement_id)
        if agreement.status == Status.TERMINATED:
            return agreement
        if agreement.status != Status.PENDING:
            raise StepNotPossible
        return _change(agreement, Status.TERMINATED, "leads.agreement.declined")


def suspend_agreement(*, agreement_id: UUID, reason: str = "") -> InfluencerAgreement:
    """Stop new leads under an active agreement; pending leads can still be decided. Merchant or staff.

    Repeating is harmless. Raises AgreementNotFound, StepNotPossible, NotTheMerchants.
    """
    return _merchant_step(agreement_id, Status.SUSPENDED, (Status.ACTIVE,), "leads.agreement.suspended", reason)


def resume_agreement(*, agreement_id: UUID) -> InfluencerAgreement:
    """Make a suspended agreement active again. Merchant or staff. Repeating is harmless.

    Raises AgreementNotFound, StepNotPossible, NotTheMerchants.
    """
    return _merchant_step(agreement_id, Status.ACTIVE, (Status.SUSPENDED,), "leads.agreement.resumed")


def terminate_agreement(*, agreement_id: UUID, reason: str = "") -> InfluencerAgreement:
    """End an agreement for good; the influencer can ask again. Merchant or staff. Repeating is harmless.

    Raises AgreementNotFound, StepNotPossible, NotTheMerchants.
    """
    steps = (Status.ACTIVE, Status.SUSPENDED, Status.PENDING)
    return _merchant_step(agreement_id, Status.TERMINATED, steps, "leads.agreement.terminated", reason)


def change_agreement_terms(*, agreement_id: UUID, terms: AgreementTerms) -> InfluencerAgreement:
    """Change the terms for leads to come; leads that exist keep theirs. Merchant or staff.

    Raises AgreementNotFound, StepNotPossible (ended), NotTheMerchants, InvalidInput.
    """
    with transaction.atomic(), raising_refusals():
        agreement = _locked(agreement_id)
        _require_merchant(agreement)
        if agreement.status == Status.TERMINATED:
            raise StepNotPossible
        before = _terms_data(agreement)
        _set_terms(agreement, terms)
        agreement.save()
        record_audit(
            "leads.agreement.terms_changed",
            agreement,
            merchant_id=agreement.merchant_id,
            data={"before": before, "after": _terms_data(agreement)},
        )
    return agreement


def update_agreement(
    *, agreement_id: UUID, terms: Mapping[str, Any], status: str | None = None, reason: str = ""
) -> InfluencerAgreement:
    """Change only what is given, as the merchant: some of AgreementTerms, the status (active, suspended, terminated).

    All or nothing; repeating is harmless. An application becomes active with these terms. reason: of a suspension or end.
    Raises AgreementNotFound, StepNotPossible, NotTheMerchants, InvalidInput.
    """
    with transaction.atomic(), raising_refusals():
        agreement = _locked(agreement_id)
        _require_merchant(agreement)
        present = {field.name: getattr(agreement, field.name) for field in fields(AgreementTerms)}
        wanted = present | dict(terms)
        if status == Status.ACTIVE and agreement.status == Status.PENDING:
            return accept_agreement(agreement_id=agreement_id, terms=AgreementTerms(**wanted))
        if wanted != present:
            agreement = change_agreement_terms(agreement_id=agreement_id, terms=AgreementTerms(**wanted))
        if status == Status.ACTIVE:
            return resume_agreement(agreement_id=agreement_id)
        if status == Status.SUSPENDED:
            return suspend_agreement(agreement_id=agreement_id, reason=reason)
        if status == Status.TERMINATED:
            return terminate_agreement(agreement_id=agreement_id, reason=reason)
        return agreement


def _add(agreement: InfluencerAgreement, action: str) -> InfluencerAgreement:
    _check(agreement)
    with transaction.atomic(), raising_refusals():
        agreement.save(force_insert=True)
        record_audit(action, agreement, merchant_id=agreement.merchant_id, data=_terms_data(agreement))
        agreement_status_changed.send(InfluencerAgreement, agreement=agreement, status_before="")
    return agreement


def _merchant_step(
    agreement_id: UUID, status: str, possible_from: tuple[str, ...], action: str, reason: str = ""
) -> InfluencerAgreement:
    with transaction.atomic(), raising_refusals():
        agreement = _locked(agreement_id)
        _require_merchant(agreement)
        if agreement.status == status:
            return agreement
        if agreement.status not in possible_from:
            raise StepNotPossible
        return _change(agreement, status, action, reason)


def _change(agreement: InfluencerAgreement, status: str, action: str, reason: str = "") -> InfluencerAgreement:
    status_before = agreement.status
    agreement.status, agreement.status_reason = status, reason.strip()[:200]
    agreement.save(update_fields=["status", "status_reason"])
    record_audit(action, agreement, merchant_id=agreement.merchant_id, data={"reason": agreement.status_reason})
    agreement_status_changed.send(InfluencerAgreement, agreement=agreement, status_before=status_before)
    return agreement


def _locked(agreement_id: UUID) -> InfluencerAgreement:
    try:
        return InfluencerAgreement.objects.select_for_update(no_key=True).get(pk=agreement_id)
    except InfluencerAgreement.DoesNotExist:
        raise AgreementNotFound from None


def _require_merchant(agreement: InfluencerAgreement) -> None:
    actor = current_actor()
    if actor.role not in ("staff", "system") and actor.merchant_id != agreement.merchant_id:
        raise NotTheMerchants


def _require_answering_side(agreement: InfluencerAgreement) -> None:
    if not agreement.is_invitation:
        _require_merchant(agreement)
    elif current_actor().influencer_id != agreement.influencer_id:
        raise StepNotPossible


def _set_terms(agreement: InfluencerAgreement, terms: AgreementTerms) -> None:
    agreement.commission_percentage = terms.commission_percentage
    agreement.minimum_deposit = terms.minimum_deposit
    agreement.quality_threshold = terms.quality_threshold
    agreement.requires_validation = terms.requires_validation
    agreement.auto_payment = terms.auto_payment
    _check(agreement)


def _check(agreement: InfluencerAgreement) -> None:
    # The unique constraint is left to the database: a check here would be a race, and see only the actor's rows.
    skipped = {"merchant", "influencer", "campaign"}
    try:
        agreement.clean_fields(exclude=skipped)
        agreement.validate_constraints(exclude=skipped)
    except ValidationError as error:
        raise InvalidInput(fields={field: str(texts[0]) for field, texts in error.message_dict.items()}) from None


def _terms_data(agreement: InfluencerAgreement) -> dict[str, str]:
    return {
        "commission_percentage": str(agreement.commission_percentage),
        "minimum_deposit": str(agreement.minimum_deposit),
        "quality_threshold": str(agreement.quality_threshold),
        "requires_validation": str(agreement.requires_validation),
        "auto_payment": str(agreement.auto_payment),
    }
