"""What a prospect asks about their own data: to see it, to have it erased, to be left alone (law 09-08, articles 7 to 9).

Anybody may ask by the public form; the request exists for staff once the link in an e-mail was followed. Staff carry it out.
"""

from collections.abc import Iterable
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.core import signing
from django.core.exceptions import ValidationError
from django.core.files.storage import default_storage
from django.core.validators import validate_email
from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from accounts.audit import record_audit
from leads.blocked import contact_digest
from leads.errors import LeadNotFound, ProspectRequestNotFound, ProspectRequestNotOpen
from leads.mail import send_answer, send_confirmation
from leads.models import BlockedContact, Lead, ProspectRequest, RejectionReason
from leads.models.privacy import due_day
from leads.selectors.privacy import leads_of_person
from leads.services.decisions import reject_lead
from leads.signals import prospect_erased
from leadsmarket.lib.actor import SYSTEM, acting_as, acting_user_id
from leadsmarket.lib.errors import InvalidInput, raising_refusals
from leadsmarket.lib.phone import NotAPhoneNumber, normalise_phone
from leadsmarket.lib.queue import after_commit

Status = ProspectRequest.Status
Kind = ProspectRequest.Kind

LINK_LASTS = timedelta(days=3)
LONGEST_TEXT = 2000
DUPLICATE_WINDOW = timedelta(days=90)
"""How long the duplicate check would have known an erased contact (product.md, "Lead / Create")."""
_SALT = "leads.prospect_request"


def ask_about_data(*, kind: str, email: str, phone: str = "", text: str = "") -> None:
    """Keep a request of a visitor and send the link that confirms it; nothing is told of what is held, or whether.

    Staff see it once it is confirmed; where it never is, the job `retention` deletes it. Raises InvalidInput.
    """
    contact = _checked(kind, email, phone, text)
    if not contact["email"]:
        raise InvalidInput(fields={"email": _("This field is required.")})
    with acting_as(SYSTEM):
        asked = ProspectRequest.objects.create(
            kind=kind,
            origin=ProspectRequest.Origin.FORM,
            status=Status.UNCONFIRMED,
            language=(get_language() or "fr")[:2],
            **contact,
        )
        after_commit(send_confirmation, asked, confirmation_token(asked))


def confirmation_token(asked: ProspectRequest) -> str:
    """Return the text of a link that only who reads the request's mailbox has; it lasts LINK_LASTS."""
    return signing.dumps(str(asked.pk), salt=_SALT, compress=False)


def confirm_request(*, token: str) -> ProspectRequest:
    """Open a request: its person followed the link. Repeating is harmless. Raises ProspectRequestNotFound (also: too late)."""
    try:
        request_id = signing.loads(token, salt=_SALT, max_age=LINK_LASTS)
    except signing.BadSignature:
        raise ProspectRequestNotFound from None
    now = timezone.now()
    with acting_as(SYSTEM):
        asked = ProspectRequest.objects.select_for_update(no_key=True).filter(pk=request_id).first()
        if asked is None:
            raise ProspectRequestNotFound
        if asked.status == Status.UNCONFIRMED:
            asked.status = Status.OPEN
            asked.confirmed_at = now
            asked.due_on = due_day(timezone.localdate(now))
            asked.save(update_fields=["status", "confirmed_at", "due_on"])
            record_audit("leads.prospect_request.confirmed", asked, data={"kind": asked.kind})
    return asked


def record_request(*, kind: str, language: str, email: str = "", phone: str = "", text: str = "") -> ProspectRequest:
    """Keep a request that came by letter, e-mail or call, from a person whose identity staff checked; it is open at once.

    Raises InvalidInput.
    """
    contact = _checked(kind, email, phone, text)
    now = timezone.now()
    with transaction.atomic():
        asked = ProspectRequest.objects.create(
            kind=kind,
            origin=ProspectRequest.Origin.STAFF,
            status=Status.OPEN,
            language=language,
            confirmed_at=now,
            due_on=due_day(timezone.localdate(now)),
            **contact,
        )
        record_audit("leads.prospect_request.recorded", asked, data={"kind": kind})
    return asked


def carry_out_request(*, request_id: UUID, include_phone: bool = False, answer: str = "") -> ProspectRequest:
    """Do what an open request asks, note who did it, and tell the person; staff only.

    erasure: see erase_prospect. objection: see block_contact. access: the data were sent by hand before (prospect_data).
    include_phone: staff made sure that the number is the person's; without it only the e-mail address, which was confirmed,
    counts. Raises InvalidInput, ProspectRequestNotFound, ProspectRequestNotOpen, LeadStillNeeded.
    """
    user_id = acting_user_id()
    answer = _limited(answer, "answer")
    with transaction.atomic(), raising_refusals():
        asked = _open_request(request_id)
        phone = str(asked.phone or "") if include_phone or asked.origin == ProspectRequest.Origin.STAFF else ""
        if not asked.email and not phone:
            raise InvalidInput(fields={"include_phone": _("Make sure first that the number is the person's.")})
        result: dict[str, Any] = {}
        if asked.kind == Kind.ERASURE:
            result = erase_prospect(email=asked.email, phone=phone)
        elif asked.kind == Kind.OBJECTION:
            block_contact(email=asked.email, phone=phone, reason=BlockedContact.Reason.OBJECTION)
        _finish(asked, Status.DONE, user_id, answer, result)
    return asked


def refuse_request(*, request_id: UUID, answer: str) -> ProspectRequest:
    """Close an open request without doing it, and tell the person why; staff only.

    Raises InvalidInput, ProspectRequestNotFound, ProspectRequestNotOpen.
    """
    user_id = acting_user_id()
    answer = _limited(answer, "answer")
    if not answer:
        raise InvalidInput(fields={"answer": _("Please say why.")})
    with transaction.atomic():
        asked = _open_request(request_id)
        _finish(asked, Status.REFUSED, user_id, answer, {})
    return asked


def erase_prospect(*, email: str = "", phone: str = "") -> dict[str, int]:
    """Erase who all leads with this address or number are about, whoever they were given to; staff only.

    Contact, notes, what merchants wrote, proofs of returns and messages that name the person go; money, terms, states, times
    and the consent's text stay. Pending leads are rejected first, as "not interested". For 90 days the contact can't be
    submitted again, as the duplicate check can't know it any more. Returns how many leads were erased and rejected.
    Raises LeadStillNeeded (a return waits to be decided) and changes nothing then.
    """
    with transaction.atomic(), raising_refusals():
        found = list(
            leads_of_person(email=email, phone=phone).select_for_update(no_key=True, of=("self",)).order_by("id")
        )
        contacts = _texts_of(found)
        # By deposit, so that two erasures lock the deposits in one order.
        pending = sorted(
            (lead for lead in found if lead.status == Lead.Status.PENDING), key=lambda lead: lead.deposit_id
        )
        for lead in pending:
            reject_lead(lead_id=lead.pk, rejection_reason=RejectionReason.NOT_INTERESTED)
        block_contact(email=email, phone=phone, reason=BlockedContact.Reason.ERASURE)
        for lead in found:
            if lead.erased_at is None:
                block_contact(
                    email=lead.customer_email, phone=str(lead.customer_phone), reason=BlockedContact.Reason.ERASURE
                )
        erased = _erase([lead.pk for lead in found])
        if erased:
            prospect_erased.send(Lead, lead_ids=erased, contacts=contacts)
        for lead in found:
            if lead.pk in erased:
                record_audit("leads.lead.erased", lead, merchant_id=lead.merchant_id)
    return {"erased": len(erased), "rejected": len(pending)}


def block_contact(*, email: str = "", phone: str = "", reason: str) -> None:
    """Let no lead be made with this address or number: for ever after an objection, for 90 days after an erasure.

    Kept as digests. Repeating an erasure starts its 90 days anew. Staff and jobs only.
    """
    until = timezone.now() + DUPLICATE_WINDOW if reason == BlockedContact.Reason.ERASURE else None
    for kind, contact in ((BlockedContact.Kind.EMAIL, email), (BlockedContact.Kind.PHONE, phone)):
        if not contact:
            continue
        digest = contact_digest(kind, contact)
        BlockedContact.objects.filter(digest=digest, reason=reason).delete()
        BlockedContact.objects.create(kind=kind, digest=digest, reason=reason, until=until)


def record_viewed(*, lead_id: UUID) -> None:
    """Note in the audit trail that the actor, of staff, looked at a prospect's data. Raises LeadNotFound."""
    lead = Lead.objects.filter(pk=lead_id).only("merchant_id").first()
    if lead is None:
        raise LeadNotFound
    record_audit("leads.lead.viewed", lead, merchant_id=lead.merchant_id)


def delete_proofs(names: Iterable[str]) -> None:
    """Delete files of returns once the transaction that forgot them is committed."""
    for name in filter(None, names):
        after_commit(default_storage.delete, name)


def _erase(lead_ids: list[UUID]) -> list[UUID]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT lead_id, proof FROM erase_leads(%s)", [lead_ids])
        rows = cursor.fetchall()
    delete_proofs(proof for _lead_id, proof in rows)
    return [lead_id for lead_id, _proof in rows]


def _texts_of(leads: Iterable[Lead]) -> list[str]:
    """Return by what messages may name these people: whole names, addresses, numbers (E.164)."""
    texts: set[str] = set()
    for lead in leads:
        if lead.erased_at is None:
            texts |= {lead.customer_name, lead.customer_email, str(lead.customer_phone)}
    return sorted(texts)


def _open_request(request_id: UUID) -> ProspectRequest:
    asked = ProspectRequest.objects.select_for_update(no_key=True).filter(pk=request_id).first()
    if asked is None:
        raise ProspectRequestNotFound
    if asked.status != Status.OPEN:
        raise ProspectRequestNotOpen
    return asked


def _finish(asked: ProspectRequest, status: str, user_id: UUID, answer: str, result: dict[str, Any]) -> None:
    asked.status = status
    asked.handled_by_id = user_id
    asked.handled_at = timezone.now()
    asked.answer = answer
    asked.result = result
    asked.save(update_fields=["status", "handled_by", "handled_at", "answer", "result"])
    record_audit(f"leads.prospect_request.{status}", asked, data={"kind": asked.kind} | result)
    if asked.email:
        after_commit(send_answer, asked)


def _checked(kind: str, email: str, phone: str, text: str) -> dict[str, str]:
    errors: dict[str, str] = {}
    email, phone = email.strip().lower(), phone.strip()
    if kind not in Kind.values:
        errors["kind"] = _("Choose what you ask for.")
    if not email and not phone:
        errors["email"] = _("Enter an e-mail address or a phone number.")
    if email:
        try:
            validate_email(email)
        except ValidationError:
            errors["email"] = _("Enter a valid e-mail address.")
    if phone:
        try:
            phone = normalise_phone(phone)
        except NotAPhoneNumber:
            errors["phone"] = _("Enter a phone number that can be called, for example 06 12 34 56 78.")
    if len(text.strip()) > LONGEST_TEXT:
        errors["text"] = _("At most %(limit)s characters.") % {"limit": LONGEST_TEXT}
    if errors:
        raise InvalidInput(fields=errors)
    return {"email": email, "phone": phone, "text": text.strip()}


def _limited(text: str, field: str) -> str:
    text = text.strip()
    if len(text) > LONGEST_TEXT:
        raise InvalidInput(fields={field: _("At most %(limit)s characters.") % {"limit": LONGEST_TEXT}})
    return text
