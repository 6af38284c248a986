"""Monthly statements and reports: what they say is fixed when they are asked for, the PDF is made afterwards and kept."""

import hashlib
import json
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, cast
from uuid import UUID

from django.core.files.storage import default_storage
from django.template.loader import render_to_string
from django.utils import timezone, translation

from accounts.models import Influencer, Merchant
from deposits.models import DepositTransaction, PaymentMethod
from leadsmarket.lib.actor import SYSTEM, Actor, acting_as
from leadsmarket.lib.days import Month
from leadsmarket.lib.identifiers import new_id
from leadsmarket.lib.pdf import html_to_pdf
from leadsmarket.lib.queue import after_commit
from payments.errors import MonthNotOver
from payments.models import PeriodDocument
from payments.selectors.statements import first_month, influencer_statement, merchant_statement
from payments.services.documents import keep_pdf, render_due
from payments.signals import document_asked

Kind = PeriodDocument.Kind

SETTLING_TIME = timedelta(hours=1)
"""After a month's end: no transaction that began before it is still running."""
REPORT_DAYS = 30
"""How long a report is kept; asked for again, it has newer figures."""
PREFIXES = {Kind.MERCHANT_STATEMENT: "RM", Kind.INFLUENCER_STATEMENT: "RM", Kind.REPORT: "RA"}
TEMPLATES = {
    Kind.MERCHANT_STATEMENT: "payments/merchant_statement.html",
    Kind.INFLUENCER_STATEMENT: "payments/influencer_statement.html",
    Kind.REPORT: "payments/report.html",
}


def ask_statement(
    *, month: Month, language: str, merchant_id: UUID | None = None, influencer_id: UUID | None = None
) -> PeriodDocument:
    """Return the statement of a merchant's or an influencer's month, issuing it the first time.

    What a month's first statement says is fixed, for all languages and for ever. Asked for twice at once it is issued once.
    Raises MonthNotOver for a month that isn't over, or before the first movement; StatementDiffers where the books are wrong.
    """
    side = {"merchant_id": merchant_id, "influencer_id": influencer_id}
    with acting_as(SYSTEM):
        issued = PeriodDocument.objects.filter(**side, kind__in=PeriodDocument.STATEMENTS, first=month.first)
        if found := issued.filter(language=language).first():
            return found
        if month not in statement_months(merchant_id=merchant_id, influencer_id=influencer_id):
            raise MonthNotOver
        _lock_side(**side)
        if found := issued.filter(language=language).first():
            return found
        other = issued.order_by("id").first()
        if other:
            data = other.data
        elif merchant_id:
            data = merchant_statement(merchant_id, month)
        else:
            data = influencer_statement(cast(UUID, influencer_id), month)
        kind = Kind.MERCHANT_STATEMENT if merchant_id else Kind.INFLUENCER_STATEMENT
        return _issue(kind, month.first, month.last, language, data, **side)


def ask_report(*, actor: Actor, first: date, last: date, language: str, data: dict[str, Any]) -> PeriodDocument:
    """Freeze the figures and charts of a page, `data`, for a report in the language in which they are written."""
    with acting_as(SYSTEM):
        return _issue(
            Kind.REPORT,
            first,
            last,
            language,
            data,
            merchant_id=actor.merchant_id,
            influencer_id=actor.influencer_id,
        )


def statement_months(
    *, merchant_id: UUID | None = None, influencer_id: UUID | None = None, now: datetime | None = None
) -> list[Month]:
    """Return the months that have a statement, the latest first: from the first movement to the last month that is over."""
    first = first_month(merchant_id=merchant_id, influencer_id=influencer_id)
    month = Month.of(timezone.localdate((now or timezone.now()) - SETTLING_TIME)).before()
    months = []
    while first and month >= first:
        months.append(month)
        month = month.before()
    return months


def render_document(document_id: UUID) -> PeriodDocument:
    """Make a document's PDF and keep it; one that has its file is left as it is."""
    with acting_as(SYSTEM):
        document = PeriodDocument.objects.get(pk=document_id)
    return keep_pdf(document, path=f"documents/{document.number}.pdf", make=document_pdf)


def render_due_documents(*, limit: int = 200) -> int:
    """Make the PDFs that no worker made yet; returns how many."""
    return render_due(PeriodDocument, render_document, limit=limit)


def document_pdf(document: PeriodDocument) -> bytes:
    """Make the document from what was frozen, in its language."""
    with translation.override(document.language):
        context = {
            **_readable(document.data),
            "number": document.number,
            "first": document.first,
            "last": document.last,
            "issued_at": document.created_at,
        }
        return html_to_pdf(render_to_string(TEMPLATES[Kind(document.kind)], context))


def forget_old_reports(*, now: datetime | None = None) -> int:
    """Delete reports older than REPORT_DAYS with their files; returns how many. Statements stay."""
    with acting_as(SYSTEM):
        old = list(
            PeriodDocument.objects.filter(
                kind=Kind.REPORT, created_at__lt=(now or timezone.now()) - timedelta(days=REPORT_DAYS)
            )[:1000]
        )
        PeriodDocument.objects.filter(pk__in=[document.pk for document in old]).delete()
    for document in old:
        if document.file.name:
            default_storage.delete(document.file.name)
    return len(old)


def _issue(
    kind: PeriodDocument.Kind, first: date, last: date, language: str, data: dict[str, Any], **side: UUID | None
) -> PeriodDocument:
    document_id = new_id()
    document = PeriodDocument.objects.create(
        id=document_id,
        kind=kind,
        first=first,
        last=last,
        number=f"{PREFIXES[kind]}-{first:%Y-%m}-{document_id.hex[-8:].upper()}",
        language=language,
        data=data,
        data_sha256=hashlib.sha256(json.dumps(data, sort_keys=True, ensure_ascii=False).encode()).hexdigest(),
        **side,
    )
    after_commit(document_asked.send, PeriodDocument, document_id=document.pk)
    return document


def _lock_side(*, merchant_id: UUID | None, influencer_id: UUID | None) -> None:
    """Let two who ask at once take turns."""
    if merchant_id:
        Merchant.objects.filter(pk=merchant_id).select_for_update(no_key=True).values_list("pk").get()
    elif influencer_id:
        Influencer.objects.filter(pk=influencer_id).select_for_update(no_key=True).values_list("pk").get()


def _readable(value: Any, name: str = "") -> Any:
    """Return frozen data with amounts and times as such, by their names."""
    if isinstance(value, dict):
        return {key: _readable(part, key) for key, part in value.items()} | _labels(value)
    if isinstance(value, list):
        return [_readable(part) for part in value]
    if isinstance(value, str) and (name == "amount" or name.endswith("_amount")):
        return Decimal(value)
    return datetime.fromisoformat(value) if isinstance(value, str) and name == "at" else value


def _labels(line: dict[str, Any]) -> dict[str, str]:
    """Return what the codes of a line are called in the document's language."""
    labels = {}
    if line.get("kind") in DepositTransaction.Kind.values:
        labels["label"] = str(DepositTransaction.Kind(line["kind"]).label)
    if line.get("method") in PaymentMethod.values:
        labels["method_label"] = str(PaymentMethod(line["method"]).label)
    return labels
