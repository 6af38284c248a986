"""A merchant asks to return a validated lead; staff accept or refuse. product.md, "Lead / Return"."""

from datetime import datetime
from uuid import UUID

from django.core.files.base import ContentFile, File
from django.core.files.storage import default_storage
from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.audit import record_audit
from deposits.services import refund_commission
from leads.errors import (
    LeadNotFound,
    LeadNotReturnable,
    LeadReturnDecided,
    LeadReturnExists,
    LeadReturnNotFound,
    ReturnWindowOver,
)
from leads.models import Lead, LeadReturn, ReturnReason
from leads.proofs import checked_proof
from leads.services.earnings import RETURN_WINDOW
from leads.signals import lead_return_asked, lead_return_decided
from leadsmarket.lib.actor import acting_user_id, current_actor
from leadsmarket.lib.errors import InvalidInput, raising_refusals

Status = LeadReturn.Status
LONGEST_DETAILS = 1000
LONGEST_NOTE = 500


def can_be_returned(lead: Lead, *, now: datetime | None = None) -> bool:
    """Whether a return of this lead can still be asked for; an earlier request is not looked at.

    Validated leads only, within RETURN_WINDOW of the decision: who says that a lead became a sale, or was lost after real
    work, has taken it.
    """
    return (
        lead.status == Lead.Status.VALIDATED
        and lead.decided_at is not None
        and (now or timezone.now()) < lead.decided_at + RETURN_WINDOW
    )


def ask_return(*, lead_id: UUID, reason: str, details: str = "", proof: File | None = None) -> LeadReturn:
    """Ask to return a bad lead: commission back, influencer's share taken back. Its share isn't payable until staff decide.

    reason: a code of ReturnReason; `other` needs details. proof: PDF, PNG or JPEG of at most 5 MB; kept before the row is
    written. The same request by the same person again returns the first. Raises InvalidInput, LeadNotFound,
    LeadNotReturnable (not validated, or its outcome is told), ReturnWindowOver, LeadReturnExists.
    """
    user_id = acting_user_id()
    details = details.strip()
    if reason not in ReturnReason.values:
        raise InvalidInput(fields={"reason": _("Choose one of the reasons.")})
    if reason == ReturnReason.OTHER and not details:
        raise InvalidInput(fields={"details": _("Please say why.")})
    if len(details) > LONGEST_DETAILS:
        raise InvalidInput(fields={"details": _("At most %(limit)s characters.") % {"limit": LONGEST_DETAILS}})
    checked = checked_proof(proof) if proof else None
    merchant_id = current_actor().merchant_id
    lead = Lead.objects.filter(pk=lead_id, merchant_id=merchant_id).first() if merchant_id else None
    if lead is None:
        raise LeadNotFound
    if repeated := _earlier_request(lead, user_id, reason, details):
        return repeated
    _require_returnable(lead)
    name = _keep(checked)
    try:
        with transaction.atomic(), raising_refusals():
            # Whoever changes the lead meanwhile is waited for.
            lead = Lead.objects.select_for_update(no_key=True).get(pk=lead_id)
            if repeated := _earlier_request(lead, user_id, reason, details):
                _forget(name)
                return repeated
            _require_returnable(lead)
            asked = LeadReturn.objects.create(
                lead=lead, reason=reason, details=details, proof=name, asked_by_id=user_id
            )
            record_audit("leads.return.asked", asked, merchant_id=lead.merchant_id, data={"reason": reason})
            lead_return_asked.send(LeadReturn, lead_return=asked)
    except BaseException:
        _forget(name)
        raise
    return asked


def accept_return(*, return_id: UUID, note: str = "") -> LeadReturn:
    """Refund the commission to the deposit and take the influencer's share back, in one transaction; staff only.

    The share leaves `earned`, or `payable` where it is payable already, which may go below zero. Repeating is harmless.
    Raises LeadReturnNotFound, LeadReturnDecided (refused), DepositSuspended (closed). Locks: lead, deposit, earning.
    """
    note = _limited_note(note)
    with transaction.atomic(), raising_refusals():
        asked = _lock(return_id)
        if asked.status == Status.ACCEPTED:
            return asked
        lead = asked.lead
        _decide(asked, Status.ACCEPTED, note)
        refund_commission(deposit_id=lead.deposit_id, lead_id=lead.pk, amount=lead.commission_amount)
        with connection.cursor() as cursor:
            cursor.execute("SELECT reverse_earning(%s)", [lead.pk])
        _announce(
            asked, {"refunded": str(lead.commission_amount), "taken_back": str(lead.influencer_commission_amount)}
        )
    return asked


def refuse_return(*, return_id: UUID, note: str) -> LeadReturn:
    """Refuse a return, with words that the merchant reads; staff only. Repeating is harmless.

    Raises InvalidInput (no note), LeadReturnNotFound, LeadReturnDecided (accepted).
    """
    note = _limited_note(note)
    if not note:
        raise InvalidInput(fields={"note": _("Please say why.")})
    with transaction.atomic(), raising_refusals():
        asked = _lock(return_id)
        if asked.status == Status.REFUSED:
            return asked
        _decide(asked, Status.REFUSED, note)
        _announce(asked, {})
    return asked


def _earlier_request(lead: Lead, user_id: UUID, reason: str, details: str) -> LeadReturn | None:
    """Return the same request made before by the same person; another one is refused."""
    asked = LeadReturn.objects.filter(lead=lead).first()
    if asked and (asked.asked_by_id, asked.reason, asked.details) != (user_id, reason, details):
        raise LeadReturnExists
    return asked


def _require_returnable(lead: Lead) -> None:
    if lead.status != Lead.Status.VALIDATED:
        raise LeadNotReturnable
    if not can_be_returned(lead):
        raise ReturnWindowOver


def _keep(proof: ContentFile | None) -> str:
    """Store the file before anything is locked: storage may be another machine."""
    if proof is None:
        return ""
    return default_storage.save(f"returns/{proof.name}", proof)


def _forget(name: str) -> None:
    if name:
        default_storage.delete(name)


def _lock(return_id: UUID) -> LeadReturn:
    """Lock the lead, then its return. Raises LeadReturnNotFound, also for those who may not decide."""
    lead_ids = LeadReturn.objects.filter(pk=return_id).values("lead_id")
    lead = Lead.objects.select_for_update(no_key=True).filter(pk__in=lead_ids).first()
    asked = LeadReturn.objects.select_for_update(no_key=True).filter(pk=return_id).first()
    if lead is None or asked is None:
        raise LeadReturnNotFound
    asked.lead = lead
    return asked


def _decide(asked: LeadReturn, status: str, note: str) -> None:
    if asked.status != Status.ASKED:
        raise LeadReturnDecided
    asked.status = status
    asked.decided_by_id = current_actor().user_id
    asked.decided_at = timezone.now()
    asked.decision_note = note
    asked.save(update_fields=["status", "decided_by", "decided_at", "decision_note"])


def _announce(asked: LeadReturn, amounts: dict[str, str]) -> None:
    data = {"note": asked.decision_note} | amounts
    record_audit(f"leads.return.{asked.status}", asked, merchant_id=asked.lead.merchant_id, data=data)
    lead_return_decided.send(LeadReturn, lead_return=asked)


def _limited_note(note: str) -> str:
    note = note.strip()
    if len(note) > LONGEST_NOTE:
        raise InvalidInput(fields={"note": _("At most %(limit)s characters.") % {"limit": LONGEST_NOTE}})
    return note
