"""Reads about receipts: the row of a payment, the bytes that were kept."""

import hashlib
from uuid import UUID

from payments.errors import ReceiptDamaged
from payments.models import PayoutStatement, PeriodDocument, Receipt


def receipt_of(payment_id: UUID) -> Receipt | None:
    """Return a payment's receipt; None where there is none yet or the actor doesn't see it."""
    return Receipt.objects.filter(payment_id=payment_id).first()


def stored_pdf(receipt: Receipt | PayoutStatement | PeriodDocument) -> bytes:
    """Return the PDF of a receipt, statement or report as it was made; its checksum is in the row. Raises ReceiptDamaged."""
    with receipt.file.open("rb") as stored:
        content = stored.read()
    if hashlib.sha256(content).hexdigest() != receipt.file_sha256:
        raise ReceiptDamaged(receipt.number)
    return content
