"""Documents that go with a message: read from storage when it is sent, made first where no worker has made them yet."""

from uuid import UUID

from payments.services import render_receipt


def receipt_attachment(receipt_id: UUID) -> dict[str, str]:
    """Return how a delivery names a receipt."""
    return {"kind": "receipt", "id": str(receipt_id)}


def attachment_content(attachment: dict[str, str]) -> tuple[str, bytes, str]:
    """Return file name, content and MIME type of an attachment."""
    if attachment["kind"] == "receipt":
        receipt = render_receipt(UUID(attachment["id"]))
        with receipt.file.open("rb") as file:
            return f"{receipt.number}.pdf", file.read(), "application/pdf"
    raise ValueError(f"unknown attachment {attachment['kind']!r}")
