"""Monthly statements: the list of months, the download, and the page that waits for a worker's PDF."""

from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import get_language
from django.views.decorators.http import require_safe

from accounts.access import role_required
from leadsmarket.lib.days import Month
from leadsmarket.lib.htmx import render_page_or_part, wants_part
from payments.errors import MonthNotOver
from payments.models import PeriodDocument
from payments.selectors.receipts import stored_pdf
from payments.services import ask_statement, statement_months


@require_safe
@role_required("merchant", "influencer")
def statements(request: HttpRequest) -> HttpResponse:
    """List the months that have a statement, the latest first."""
    months = statement_months(merchant_id=request.actor.merchant_id, influencer_id=request.actor.influencer_id)
    return render(request, "payments/statements.html", {"months": months})


@require_safe
@role_required("merchant", "influencer")
def statement(request: HttpRequest, month: str) -> HttpResponse:
    """Lead to the statement of a month (`2026-10`) in the reader's language, issuing it the first time."""
    wanted = Month.parse(month)
    if wanted is None:
        raise Http404
    try:
        issued = ask_statement(
            month=wanted,
            language=(get_language() or "fr")[:2],
            merchant_id=request.actor.merchant_id,
            influencer_id=request.actor.influencer_id,
        )
    except MonthNotOver as error:
        raise Http404 from error
    return redirect("payments:document", issued.pk)


@require_safe
@role_required("merchant", "influencer")
def document(request: HttpRequest, document_id: UUID) -> HttpResponse:
    """Send a statement or report, the same bytes for ever; until a worker has made it, a page waits. 404: another's."""
    found = get_object_or_404(PeriodDocument, pk=document_id)
    if found.file and not wants_part(request):
        response = HttpResponse(stored_pdf(found), content_type="application/pdf")
        response["Content-Disposition"] = f'attachment; filename="{found.number}.pdf"'
        response["Cache-Control"] = "private, no-cache"
        response["X-Content-Type-Options"] = "nosniff"
        response["ETag"] = f'"{found.file_sha256}"'
        return response
    response = render_page_or_part(
        request, "payments/document_waiting.html", "payments/_document_waiting.html", {"document": found}
    )
    response["Cache-Control"] = "private, no-store"
    return response
