"""Cards on file, what may be charged to them, and visits to the card acquirer's page."""

from django.contrib import admin

from leadsmarket.lib.admin import LargeTableAdmin, ReadOnlyAdmin, moment_column, money_column
from payments.models import AutoRecharge, CardOrder, SavedCard, StripeCustomer


@admin.register(SavedCard)
class SavedCardAdmin(ReadOnlyAdmin):
    """What identifies a card to people; its number is with Stripe alone."""

    list_display = (
        "__str__",
        "merchant",
        "status",
        "expiry_month",
        "expiry_year",
        moment_column(SavedCard, "created_at"),
    )
    list_filter = ("status",)
    list_select_related = ("merchant",)
    search_fields = ("merchant__name",)
    exact_search_fields = ("pk", "merchant_id")
    ordering = ("-id",)


@admin.register(AutoRecharge)
class AutoRechargeAdmin(ReadOnlyAdmin):
    """What owners agreed to, and how it went; changed by the merchant alone."""

    list_display = (
        "merchant",
        "enabled",
        "threshold_percentage",
        money_column(AutoRecharge, "amount"),
        money_column(AutoRecharge, "monthly_limit"),
        "card",
        "last_error",
    )
    list_filter = ("enabled",)
    list_select_related = ("merchant", "card")
    search_fields = ("merchant__name",)
    exact_search_fields = ("pk", "merchant_id", "deposit_id")
    ordering = ("-id",)


@admin.register(StripeCustomer)
class StripeCustomerAdmin(ReadOnlyAdmin):
    """Merchants as Stripe knows them."""

    list_display = ("merchant", "customer_id", "is_live")
    list_select_related = ("merchant",)
    search_fields = ("merchant__name", "customer_id__exact")
    exact_search_fields = ("pk", "merchant_id")
    ordering = ("-id",)


@admin.register(CardOrder)
class CardOrderAdmin(LargeTableAdmin):
    """Each visit to the acquirer's page, with all that was sent there but the hash."""

    list_display = (
        "oid",
        "payment",
        moment_column(CardOrder, "created_at"),
        moment_column(CardOrder, "heard_at"),
        moment_column(CardOrder, "missed_at"),
    )
    list_select_related = ("payment",)
    search_fields = ("oid__exact", "payment__reference__exact")
    exact_search_fields = ("pk", "payment_id")
