"""Receipts: number and texts are fixed with the payment, in its transaction; the PDF is made afterwards and kept."""

from datetime import datetime
from decimal import Decimal
from uuid import UUID

from django.conf import settings
from django.db import connection
from django.template.loader import render_to_string
from django.utils import timezone, translation
from num2words import num2words

from deposits.models import PaymentMethod
from leadsmarket.lib.actor import SYSTEM, acting_as
from leadsmarket.lib.money import round_to_centime
from leadsmarket.lib.pdf import html_to_pdf
from leadsmarket.lib.queue import after_commit
from payments.models import Payment, Receipt
from payments.services.documents import keep_pdf, render_due
from payments.signals import receipt_issued


def issue_receipt(payment: Payment) -> Receipt:
    """Give a payment that is being settled its receipt, in the caller's transaction; a repeat returns the first.

    The number is the next of its year (Casablanca time): the series' row stays locked until the transaction ends, so that no
    number is lost or given twice. The PDF is made after the commit. Rule: product.md, "Payments / Receipt".
    """
    if payment.credited_amount is None or payment.settled_at is None:
        raise ValueError(f"payment {payment.reference} is not settled")
    existing = Receipt.objects.filter(payment=payment).first()
    if existing is not None:
        return existing
    issued_at = timezone.now()
    year = timezone.localtime(issued_at).year
    serial = _next_serial(year)
    receipt = Receipt.objects.create(
        payment=payment,
        merchant_id=payment.merchant_id,
        year=year,
        serial=serial,
        number=f"R-{year}-{serial:06d}",
        amount=payment.credited_amount,
        language=payment.language,
        data=frozen_data(payment, payment.credited_amount, payment.settled_at, issued_at),
    )
    after_commit(receipt_issued.send, Receipt, receipt_id=receipt.pk)
    return receipt


def render_receipt(receipt_id: UUID) -> Receipt:
    """Make a receipt's PDF and keep it; a receipt that has its file is left as it is, for ever."""
    with acting_as(SYSTEM):
        receipt = Receipt.objects.get(pk=receipt_id)
    return keep_pdf(receipt, path=f"receipts/{receipt.year}/{receipt.number}.pdf", make=receipt_pdf)


def receipt_pdf(receipt: Receipt) -> bytes:
    """Make the document from the texts and amounts frozen in the receipt, in its language."""
    with translation.override(receipt.language):
        return html_to_pdf(render_to_string("payments/receipt.html", document_context(receipt)))


def document_context(receipt: Receipt) -> dict[str, object]:
    """Return what the document's template shows: the frozen texts, with amounts and times as such."""
    data = receipt.data
    return {
        "number": receipt.number,
        **data,
        **{name: Decimal(data[name]) for name in ("gross", "net", "vat", "vat_rate")},
        **{name: datetime.fromisoformat(data[name]) for name in ("issued_at", "paid_at")},
        "method_label": PaymentMethod(data["method"]).label,
    }


def render_due_receipts(*, limit: int = 200) -> int:
    """Make the PDFs that no worker made yet; returns how many."""
    return render_due(Receipt, render_receipt, limit=limit)


def _next_serial(year: int) -> int:
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO payments_receiptseries AS s (year, last_serial) VALUES (%s, 1)"
            " ON CONFLICT (year) DO UPDATE SET last_serial = s.last_serial + 1 RETURNING last_serial",
            [year],
        )
        return cursor.fetchone()[0]


def frozen_data(payment: Payment, gross: Decimal, paid_at: datetime, issued_at: datetime) -> dict[str, object]:
    """Return every text and amount of the document as it is today; later changes of names or settings don't reach it."""
    merchant = payment.merchant
    rate = settings.RECEIPT_VAT_RATE
    net = round_to_centime(gross * 100 / (100 + rate))
    return {
        "issued_at": issued_at.isoformat(),
        "paid_at": paid_at.isoformat(),
        "reference": payment.reference,
        "method": payment.method,
        "purpose": payment.purpose,
        "merchant": {
            "name": merchant.name,
            "ice": merchant.ice,
            "address": merchant.address,
            "city": merchant.city,
        },
        "platform": dict(settings.PLATFORM_LEGAL_DETAILS),
        "currency": "MAD",
        "gross": str(gross),
        "net": str(net),
        "vat": str(gross - net),
        "vat_rate": str(rate),
        "amount_in_words": amount_in_words(gross),
    }


def amount_in_words(amount: Decimal) -> str:
    """Return an amount in French words: `cinq mille dirhams et cinquante centimes`."""
    dirhams, centimes = divmod(int(round_to_centime(amount) * 100), 100)
    parts = []
    if dirhams or not centimes:
        # "un million de dirhams", but "un million cinq cent mille dirhams".
        link = " de" if dirhams and dirhams % 1_000_000 == 0 else ""
        parts.append(f"{num2words(dirhams, lang='fr')}{link} {'dirham' if dirhams < 2 else 'dirhams'}")
    if centimes:
        parts.append(f"{num2words(centimes, lang='fr')} {'centime' if centimes < 2 else 'centimes'}")
    return " et ".join(parts)
