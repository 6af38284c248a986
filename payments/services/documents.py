"""The PDFs of frozen documents (receipts, statements, reports): made once, after the commit, and kept for ever."""

import hashlib
import logging
from collections.abc import Callable
from typing import TypeVar
from uuid import UUID

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage

from leadsmarket.lib.actor import SYSTEM, acting_as
from payments.models import PayoutStatement, PeriodDocument, Receipt

logger = logging.getLogger(__name__)

Document = TypeVar("Document", Receipt, PayoutStatement, PeriodDocument)


def keep_pdf(document: Document, *, path: str, make: Callable[[Document], bytes]) -> Document:
    """Make a document's PDF, keep it at `path` and return the fresh row; one that has its file is left as it is, for ever."""
    if document.file:
        return document
    content = make(document)
    # Storage may be another machine's: written before the transaction, taken away again where another worker was first.
    name = default_storage.save(path, ContentFile(content))
    with acting_as(SYSTEM):
        document = type(document).objects.select_for_update(no_key=True).get(pk=document.pk)
        is_first = not document.file
        if is_first:
            document.file = name
            document.file_sha256 = hashlib.sha256(content).hexdigest()
            document.save(update_fields=["file", "file_sha256"])
    if not is_first:
        default_storage.delete(name)
    return document


def render_due(
    model: type[Receipt] | type[PayoutStatement] | type[PeriodDocument],
    render: Callable[[UUID], object],
    *,
    limit: int,
) -> int:
    """Make the PDFs that no worker made yet (broker or worker lost), the oldest first; returns how many.

    One that can't be made is logged with its number; it waits for the next run and doesn't hold the others up.
    """
    with acting_as(SYSTEM):
        due = list(model.objects.filter(file="").order_by("id").values_list("pk", "number")[:limit])
    return sum(_is_made(render, document_id, number) for document_id, number in due)


def _is_made(render: Callable[[UUID], object], document_id: UUID, number: str) -> bool:
    try:
        render(document_id)
    except Exception:
        # Whatever is wrong with one document is for the log, not for those after it.
        logger.exception("document %s could not be made", number)
        return False
    return True
