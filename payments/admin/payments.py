"""Payments, what came back out of them and what is owed for it. Staff confirms or ends bank transfers here."""

from typing import Any

from django.contrib import admin
from django.contrib.admin.utils import unquote
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.html import format_html
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import AutocompleteSelectFilter
from unfold.decorators import action, display

from deposits.models import PaymentMethod
from leadsmarket.lib.admin import (
    ActionPage,
    LargeTableAdmin,
    ReadOnlyAdmin,
    answer_action_page,
    change_page,
    list_page,
    moment_column,
    money_column,
)
from leadsmarket.lib.money import format_mad
from payments.admin.forms import ConfirmTransferForm, RejectTransferForm, SureForm
from payments.models import (
    Payment,
    PaymentReversal,
    Receipt,
    Receivable,
    ReceivableSettlement,
    ReviewItem,
    WebhookEvent,
)
from payments.selectors.transfers import transfers_to_confirm
from payments.services import confirm_transfer, expire_transfer, reject_transfer

MOVES_MONEY = ["payments.change_payment"]
STATUS_LABELS = {
    "created": "info",
    "pending": "info",
    "processing": "info",
    "settled": "success",
    "failed": "danger",
    "cancelled": "default",
    "expired": "default",
}


class TransfersFilter(admin.SimpleListFilter):
    """Transfers that wait for staff to see the money."""

    title = _("bank transfers")
    parameter_name = "transfers"

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin) -> list[tuple[str, Any]]:
        return [("waiting", _("To confirm"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Payment]) -> QuerySet[Payment]:
        return transfers_to_confirm(queryset) if self.value() == "waiting" else queryset


class OwedFilter(admin.SimpleListFilter):
    """Receivables that are not paid yet."""

    title = _("paid")
    parameter_name = "owed"

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin) -> list[tuple[str, Any]]:
        return [("yes", _("Still owed"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Receivable]) -> QuerySet[Receivable]:
        return queryset.owed() if self.value() == "yes" else queryset


@admin.register(Payment)
class PaymentAdmin(LargeTableAdmin):
    """Every attempt to pay. Search by reference, provider's id, ledger key, or an id (payment, merchant, deposit)."""

    list_display = (
        "reference",
        moment_column(Payment, "created_at"),
        "merchant",
        "purpose",
        "method",
        money_column(Payment, "amount"),
        money_column(Payment, "credited_amount"),
        "shown_status",
    )
    list_filter = ("status", "method", "purpose", TransfersFilter, ("merchant", AutocompleteSelectFilter))
    list_select_related = ("merchant",)
    search_fields = ("reference__exact", "provider_id__exact", "ledger_key__exact")
    search_help_text = _("A whole reference, provider's id or ledger key; or an id (payment, merchant, deposit).")
    exact_search_fields = ("pk", "merchant_id", "deposit_id")
    readonly_fields = (
        *(money_column(Payment, name) for name in ("amount", "credited_amount", "reversed_amount")),
        "behind_it",
    )
    actions_detail = ("confirm_transfer", "reject_transfer", "expire_transfer")

    def get_fieldsets(self, request: HttpRequest, obj: Payment | None = None) -> list:
        about = ("reference", "status", "merchant", "deposit", "purpose", "method", "user", "language")
        provider = ("provider_id", "ledger_key", "failure_code", "failure_message", "expires_at", "settled_at")
        return [
            (None, {"fields": about}),
            (_("Amounts"), {"fields": self.readonly_fields[:3]}),
            (_("At the provider"), {"fields": (*provider, "poll_count", "next_poll_at", "behind_it")}),
            (_("Times"), {"fields": ("created_at", "updated_at")}),
        ]

    @display(description=_("status"), label=STATUS_LABELS)
    def shown_status(self, payment: Payment) -> tuple[str, str]:
        return payment.status, payment.get_status_display()

    @display(description=_("belongs to it"))
    def behind_it(self, payment: Payment) -> str:
        """Link events, reviews and the receipt."""
        links = [
            (f"{list_page(WebhookEvent)}?payment__id__exact={payment.pk}", _("Provider events")),
            (f"{list_page(ReviewItem)}?payment__id__exact={payment.pk}", _("Items to review")),
        ]
        receipt = Receipt.objects.filter(payment=payment).first()
        if receipt:
            links.append((change_page(receipt), receipt.number))
        parts = [format_html('<a class="text-primary-600" href="{}">{}</a>', url, text) for url, text in links]
        return format_html(" · ".join(["{}"] * len(parts)), *parts)

    def get_actions_detail(self, request: HttpRequest, object_id: str) -> list:
        """Leave out what the payment's method and status make impossible."""
        found = self.get_object(request, unquote(object_id))
        hidden = {"confirm_transfer", "reject_transfer", "expire_transfer"}
        if found and found.method == PaymentMethod.BANK_TRANSFER:
            if found.is_open:
                hidden = set()
            elif found.status != Payment.Status.SETTLED:
                hidden.remove("confirm_transfer")
        return [
            one
            for one in super().get_actions_detail(request, object_id)
            if one.method.original_function_name not in hidden
        ]

    @action(description=_("Confirm the transfer"), url_path="confirm", icon="check", permissions=MOVES_MONEY)
    def confirm_transfer(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Credit what arrived."""
        payment = self.found(request, object_id)
        form = ConfirmTransferForm(request.POST or None, initial={"received_amount": payment.amount})
        page = ActionPage(
            title=_("Confirm the transfer"),
            subtitle=_summary(payment),
            submit=_("Credit this amount"),
            form=form,
            act=lambda **values: confirm_transfer(payment_id=payment.pk, **values),
            done=lambda paid: _now("Credited: %(amount)s.") % {"amount": format_mad(paid.credited_amount)},
            back=change_page(payment),
        )
        return answer_action_page(self, request, page)

    @action(description=_("Reject"), url_path="reject", icon="block", permissions=MOVES_MONEY)
    def reject_transfer(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """End a transfer that won't be credited; the merchant is told."""
        payment = self.found(request, object_id)
        page = ActionPage(
            title=_("Reject the transfer"),
            subtitle=_summary(payment),
            submit=_("Reject the transfer"),
            form=RejectTransferForm(request.POST or None),
            act=lambda **values: reject_transfer(payment_id=payment.pk, **values),
            done=lambda _payment: _now("Transfer rejected. The merchant is told."),
            back=change_page(payment),
        )
        return answer_action_page(self, request, page)

    @action(description=_("Let it expire"), url_path="expire", icon="timer_off", permissions=MOVES_MONEY)
    def expire_transfer(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """End a transfer for which nothing came."""
        payment = self.found(request, object_id)
        page = ActionPage(
            title=_("Let the transfer expire"),
            subtitle=_summary(payment),
            submit=_("Let it expire"),
            form=SureForm(request.POST if request.method == "POST" else None),
            act=lambda: expire_transfer(payment_id=payment.pk),
            done=lambda _payment: _now(
                "The transfer has expired. Money that comes all the same can still be confirmed."
            ),
            back=change_page(payment),
        )
        return answer_action_page(self, request, page)


@admin.register(PaymentReversal)
class PaymentReversalAdmin(LargeTableAdmin):
    """Refunds and chargebacks, and what was given back of them."""

    list_display = (
        moment_column(PaymentReversal, "created_at"),
        "payment",
        "kind",
        money_column(PaymentReversal, "amount"),
        money_column(PaymentReversal, "taken_amount"),
        "ledger_key",
    )
    list_filter = ("kind",)
    list_select_related = ("payment",)
    search_fields = ("ledger_key__exact", "payment__reference__exact")
    search_help_text = _("A whole ledger key, or a payment's whole reference.")
    exact_search_fields = ("pk", "payment_id")
    fields = ("payment", "kind", "ledger_key", *(money_column(PaymentReversal, n) for n in ("amount", "taken_amount")))
    readonly_fields = fields[3:]


@admin.register(Receivable)
class ReceivableAdmin(LargeTableAdmin):
    """What merchants owe from reversals; paid first out of their next recharge."""

    list_display = (
        moment_column(Receivable, "created_at"),
        "merchant",
        money_column(Receivable, "amount"),
        money_column(Receivable, "settled_amount"),
    )
    list_filter = (OwedFilter, ("merchant", AutocompleteSelectFilter))
    list_select_related = ("merchant",)
    search_fields = ("pk",)
    exact_search_fields = ("pk", "merchant_id", "deposit_id")
    fields = ("merchant", "deposit", "reversal", *(money_column(Receivable, n) for n in ("amount", "settled_amount")))
    readonly_fields = fields[3:]


def _summary(payment: Payment) -> str:
    return _now("%(reference)s of %(merchant)s: %(amount)s announced on %(day)s. Status: %(status)s.") % {
        "reference": payment.reference,
        "merchant": payment.merchant.name,
        "amount": format_mad(payment.amount),
        "day": f"{payment.created_at:%Y-%m-%d}",
        "status": payment.get_status_display(),
    }


@admin.register(ReceivableSettlement)
class ReceivableSettlementAdmin(ReadOnlyAdmin):
    """What recharges paid of the merchants' debts."""

    list_display = ("receivable", "payment", money_column(ReceivableSettlement, "amount"))
    list_select_related = ("receivable", "payment")
    exact_search_fields = ("pk", "receivable_id", "payment_id")
    ordering = ("-id",)
