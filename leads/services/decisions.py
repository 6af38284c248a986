"""The merchant decides a lead: validate, reject, converted, lost."""

from decimal import Decimal
from uuid import UUID

from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.audit import record_audit
from deposits.services import deduct_commission, release_commission
from leads.errors import LeadAlreadyDecided, LeadNotFound, LeadNotValidated, LeadReturnOpen
from leads.models import InfluencerAgreement, Lead, LeadReturn, LeadValidation, RejectionReason
from leads.models.agreements import QUALITY_REASON
from leads.services.earnings import RETURN_WINDOW
from leads.signals import agreement_status_changed, lead_decided
from leadsmarket.lib.actor import SYSTEM, acting_as, current_actor
from leadsmarket.lib.errors import InvalidInput, raising_refusals
from leadsmarket.lib.money import LARGEST_AMOUNT, ZERO, round_to_centime

QUALITY_SAMPLE = 20
"""The last scored leads that count for agreement.quality_threshold."""
QUALITY_SAMPLE_MINIMUM = 5

# What a merchant can choose; `expired` is the nightly job's.
MERCHANT_REASONS = [reason for reason in RejectionReason.values if reason != RejectionReason.EXPIRED]


def validate_lead(*, lead_id: UUID, quality_score: int, feedback: str = "") -> Lead:
    """Accept a pending lead: deduct its commission from the deposit and credit the influencer's share as earned.

    quality_score: whole, 1 to 10. Deducts lead.commission_amount (MAD), fixed when the lead was made. The same call by the
    same person again returns the lead unchanged. Raises InvalidInput, LeadNotFound (also another's lead),
    LeadAlreadyDecided. Rule: product.md, "Lead / Validate".
    """
    if isinstance(quality_score, bool) or not isinstance(quality_score, int) or not 1 <= quality_score <= 10:
        raise InvalidInput(fields={"quality_score": _("Choose a score from 1 to 10.")})
    feedback = _limited_text("feedback", feedback, 1000)
    with transaction.atomic(), raising_refusals():
        if not _claim(lead_id, status=Lead.Status.VALIDATED, quality_score=quality_score):
            return _repeated(
                lead_id, decision=LeadValidation.Decision.VALIDATED, quality_score=quality_score, feedback=feedback
            )
        lead = Lead.objects.get(pk=lead_id)
        _deduct(lead, quality_score=quality_score, feedback=feedback)
        _suspend_below_quality_threshold(lead)
    return lead


def validate_without_score(lead: Lead) -> None:
    """Validate a lead that was just created under an agreement that needs no validation; as the platform, unscored."""
    with acting_as(SYSTEM), raising_refusals():
        _claim(lead.pk, status=Lead.Status.VALIDATED)
        lead.refresh_from_db()
        _deduct(lead)


def reject_lead(*, lead_id: UUID, rejection_reason: str, rejection_details: str = "") -> Lead:
    """Refuse a pending lead and release its reservation; nothing is deducted.

    rejection_reason: a code of RejectionReason except `expired`; `other` needs rejection_details. The same call by the same
    person again returns the lead unchanged. Raises InvalidInput, LeadNotFound, LeadAlreadyDecided.
    Rule: product.md, "Lead / Reject".
    """
    if rejection_reason not in MERCHANT_REASONS:
        raise InvalidInput(fields={"rejection_reason": _("Choose one of the reasons.")})
    details = _limited_text("rejection_details", rejection_details, 500)
    if rejection_reason == RejectionReason.OTHER and not details:
        raise InvalidInput(fields={"rejection_details": _("Please say why.")})
    with transaction.atomic(), raising_refusals():
        if not _claim(lead_id, status=Lead.Status.REJECTED, rejection_reason=rejection_reason):
            return _repeated(
                lead_id,
                decision=LeadValidation.Decision.REJECTED,
                rejection_reason=rejection_reason,
                rejection_details=details,
            )
        lead = Lead.objects.get(pk=lead_id)
        release(lead, rejection_details=details)
    return lead


def mark_converted(*, lead_id: UUID, actual_value: Decimal | None = None) -> Lead:
    """Record that a validated lead became a sale, with its real value (MAD) where known. Repeating is harmless.

    Raises InvalidInput, LeadNotFound, LeadNotValidated, LeadAlreadyDecided (another outcome). Rule: product.md, "Lead".
    """
    if actual_value is not None and not (
        actual_value.is_finite()
        and 0 <= actual_value <= LARGEST_AMOUNT
        and actual_value == round_to_centime(actual_value)
    ):
        raise InvalidInput(fields={"actual_value": _("Enter an amount with two decimals at most.")})
    return _set_outcome(lead_id, Lead.Status.CONVERTED, actual_value)


def mark_lost(*, lead_id: UUID) -> Lead:
    """Record that a validated lead came to nothing. Repeating is harmless.

    Raises LeadNotFound, LeadNotValidated, LeadAlreadyDecided (converted). Rule: product.md, "Lead".
    """
    return _set_outcome(lead_id, Lead.Status.LOST, None)


def release(lead: Lead, *, rejection_details: str = "") -> None:
    """Record the rejection of a lead that the caller has just claimed, and give its reservation back."""
    _record(
        lead,
        LeadValidation.Decision.REJECTED,
        rejection_reason=lead.rejection_reason,
        rejection_details=rejection_details,
        commission_amount=lead.commission_amount,
    )
    release_commission(deposit_id=lead.deposit_id, lead_id=lead.pk, amount=lead.commission_amount)
    lead_decided.send(Lead, lead=lead, decision=LeadValidation.Decision.REJECTED)


def _claim(lead_id: UUID, **decision: object) -> bool:
    """Take a pending lead out of `pending`; only one of several at once succeeds, the others wait for it and fail."""
    claimed = Lead.objects.filter(pk=lead_id, status=Lead.Status.PENDING).update(decided_at=timezone.now(), **decision)
    return claimed == 1


def _deduct(lead: Lead, **decision: object) -> None:
    _record(lead, LeadValidation.Decision.VALIDATED, commission_amount=lead.commission_amount, **decision)
    deduct_commission(deposit_id=lead.deposit_id, lead_id=lead.pk, amount=lead.commission_amount)
    with connection.cursor() as cursor:
        cursor.execute("SELECT credit_earning(%s, make_interval(days => %s))", [lead.pk, RETURN_WINDOW.days])
    lead_decided.send(Lead, lead=lead, decision=LeadValidation.Decision.VALIDATED)


def _set_outcome(lead_id: UUID, outcome: str, actual_value: Decimal | None) -> Lead:
    with transaction.atomic(), raising_refusals():
        changed = Lead.objects.filter(pk=lead_id, status=Lead.Status.VALIDATED).update(
            status=outcome, outcome_at=timezone.now(), actual_value=actual_value
        )
        lead = _get(lead_id)
        if changed:
            # The lead is locked now: a return is asked for before this or not at all.
            if LeadReturn.objects.filter(lead=lead).exclude(status=LeadReturn.Status.REFUSED).exists():
                raise LeadReturnOpen
            _record(lead, LeadValidation.Decision(outcome), actual_value=actual_value, commission_amount=ZERO)
            lead_decided.send(Lead, lead=lead, decision=outcome)
        elif lead.status not in (Lead.Status.CONVERTED, Lead.Status.LOST):
            raise LeadNotValidated
        elif lead.status != outcome or lead.actual_value != actual_value:
            raise LeadAlreadyDecided
    return lead


def _record(lead: Lead, decision: str, **details: object) -> None:
    LeadValidation.objects.create(lead=lead, decision=decision, user_id=current_actor().user_id, **details)


def _repeated(lead_id: UUID, **decision: object) -> Lead:
    """Return the lead where the same person made the same decision before; otherwise somebody was first."""
    lead = _get(lead_id)
    user_id = current_actor().user_id
    if user_id and LeadValidation.objects.filter(lead=lead, user_id=user_id, **decision).exists():
        return lead
    raise LeadAlreadyDecided


def _get(lead_id: UUID) -> Lead:
    try:
        return Lead.objects.get(pk=lead_id)
    except Lead.DoesNotExist:
        raise LeadNotFound from None


def _limited_text(field: str, text: str, limit: int) -> str:
    text = text.strip()
    if len(text) > limit:
        raise InvalidInput(fields={field: _("At most %(limit)s characters.") % {"limit": limit}})
    return text


def _suspend_below_quality_threshold(lead: Lead) -> None:
    """Suspend the agreement when the mean of the last 20 scores (at least 5) is below its threshold (product.md, "Lead")."""
    agreement = lead.agreement
    if agreement.quality_threshold is None or agreement.status != InfluencerAgreement.Status.ACTIVE:
        return
    scores = list(
        Lead.objects.filter(merchant_id=lead.merchant_id, influencer_id=lead.influencer_id, quality_score__isnull=False)
        .order_by("-decided_at", "-id")
        .values_list("quality_score", flat=True)[:QUALITY_SAMPLE]
    )
    if (
        len(scores) < QUALITY_SAMPLE_MINIMUM
        or Decimal(sum(filter(None, scores))) / len(scores) >= agreement.quality_threshold
    ):
        return
    suspended = InfluencerAgreement.objects.filter(pk=agreement.pk, status=InfluencerAgreement.Status.ACTIVE).update(
        status=InfluencerAgreement.Status.SUSPENDED, status_reason=QUALITY_REASON
    )
    if suspended:
        agreement.refresh_from_db()
        record_audit("leads.agreement.suspended", agreement, merchant_id=lead.merchant_id, data={"scores": scores})
        agreement_status_changed.send(
            InfluencerAgreement, agreement=agreement, status_before=InfluencerAgreement.Status.ACTIVE
        )
