"""Documents that go with a message: read from storage when it is sent, made first where no worker has made them yet."""

from collections.abc import Callable
from uuid import UUID

from payments.models import PayoutStatement, PeriodDocument, Receipt
from payments.selectors.receipts import stored_pdf
from payments.services import render_document, render_receipt, render_statement


def receipt_attachment(receipt_id: UUID) -> dict[str, str]:
    """Return how a delivery names a receipt."""
    return {"kind": "receipt", "id": str(receipt_id)}


def statement_attachment(statement_id: UUID) -> dict[str, str]:
    """Return how a delivery names the statement of a payout."""
    return {"kind": "payout_statement", "id": str(statement_id)}


def document_attachment(document_id: UUID) -> dict[str, str]:
    """Return how a delivery names a monthly statement."""
    return {"kind": "document", "id": str(document_id)}


MAKERS: dict[str, Callable[[UUID], Receipt | PayoutStatement | PeriodDocument]] = {
    "receipt": render_receipt,
    "payout_statement": render_statement,
    "document": render_document,
}


def attachment_content(attachment: dict[str, str]) -> tuple[str, bytes, str]:
    """Return file name, content and MIME type of an attachment."""
    document = MAKERS[attachment["kind"]](UUID(attachment["id"]))
    return f"{document.number}.pdf", stored_pdf(document), "application/pdf"
