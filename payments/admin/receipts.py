"""Receipts and their numbering."""

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext_lazy as _
from unfold.decorators import action

from leadsmarket.lib.admin import LargeTableAdmin, ReadOnlyAdmin, change_page, moment_column, money_column
from payments.models import Receipt, ReceiptSeries
from payments.selectors.receipts import stored_pdf


@admin.register(Receipt)
class ReceiptAdmin(LargeTableAdmin):
    """Receipts as issued. Search by number, payment's reference, or an id (receipt, payment, merchant)."""

    list_display = (
        "number",
        moment_column(Receipt, "created_at"),
        "merchant",
        "payment",
        money_column(Receipt, "amount"),
    )
    list_filter = ("year", "language")
    list_select_related = ("merchant", "payment")
    search_fields = ("number__exact", "payment__reference__exact")
    search_help_text = _("A whole number, or a payment's whole reference; or an id (receipt, payment, merchant).")
    exact_search_fields = ("pk", "payment_id", "merchant_id")
    readonly_fields = (money_column(Receipt, "amount"),)
    fields = (
        "number",
        "merchant",
        "payment",
        readonly_fields[0],
        "language",
        "file",
        "file_sha256",
        "data",
        "created_at",
    )
    actions_detail = ("download",)

    @action(description=_("Download"), url_path="download", icon="download", permissions=["payments.view_receipt"])
    def download(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Send the PDF that was made; where none is made yet, say so."""
        receipt = self.found(request, object_id)
        if not receipt.file:
            self.message_user(request, _("The PDF is being made."), level="warning")
            return redirect(change_page(receipt))
        response = HttpResponse(stored_pdf(receipt), content_type="application/pdf")
        response["Content-Disposition"] = f'attachment; filename="{receipt.number}.pdf"'
        return response


@admin.register(ReceiptSeries)
class ReceiptSeriesAdmin(ReadOnlyAdmin):
    """The last number given in each year."""

    list_display = ("year", "last_serial")
    ordering = ("-year",)
    search_fields = ()
