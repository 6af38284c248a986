"""The staff site's pages of deposits. Balances move by the actions here, through the services, never by hand."""

from typing import Any

from django.contrib import admin
from django.contrib.admin.utils import unquote
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import AutocompleteSelectFilter
from unfold.decorators import action, display

from accounts.models import Merchant
from deposits.admin_forms import AdjustForm, OpenDepositForm, ReasonForm, RechargeForm
from deposits.levels import AlertLevel
from deposits.models import Deposit, DepositTransaction
from deposits.selectors import with_names
from deposits.services import (
    Movement,
    adjust_deposit,
    open_deposit,
    recharge_deposit,
    resume_deposit,
    suspend_deposit,
)
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
from leadsmarket.lib.money import format_mad, format_number

MOVES_MONEY = ["deposits.change_deposit"]
STATUS_LABELS = {
    "awaiting_payment": "info",
    "active": "success",
    "depleted": "danger",
    "suspended": "warning",
    "closed": "default",
}
LEVEL_LABELS = {
    "healthy": "success",
    "attention": "info",
    "warning": "warning",
    "critical": "danger",
    "depleted": "danger",
}


class AlertLevelFilter(admin.SimpleListFilter):
    """The level that PostgreSQL computes."""

    title = _("alert level")
    parameter_name = "level"

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin) -> list[tuple[str, Any]]:
        return AlertLevel.choices

    def queryset(self, request: HttpRequest, queryset: QuerySet[Deposit]) -> QuerySet[Deposit]:
        return queryset.filter(alert_level=self.value()) if self.value() else queryset


@admin.register(Deposit)
class DepositAdmin(ReadOnlyAdmin):
    """Deposits, with every action that staff may take on one."""

    list_display = (
        "merchant",
        "purpose",
        "shown_status",
        "shown_level",
        "gauge",
        money_column(Deposit, "current_balance"),
        money_column(Deposit, "reserved_amount"),
        money_column(Deposit, "available_balance"),
        moment_column(Deposit, "updated_at"),
    )
    list_filter = ("status", AlertLevelFilter, ("merchant", AutocompleteSelectFilter))
    search_fields = ("merchant__name",)
    exact_search_fields = ("pk", "merchant_id", "campaign_id")
    autocomplete_fields = ("merchant",)
    ordering = ("-id",)
    sortable_by = ()
    readonly_fields = (
        "purpose",
        "level",
        "gauge",
        *(
            money_column(Deposit, name)
            for name in (
                "current_balance",
                "reserved_amount",
                "available_balance",
                "initial_amount",
                "smallest_commission_amount",
            )
        ),
        "movements",
    )
    actions_list = ("open_general_deposit",)
    actions_detail = ("recharge", "adjust", "suspend", "resume")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Deposit]:
        return super().get_queryset(request).select_related("merchant")

    def get_fieldsets(self, request: HttpRequest, obj: Deposit | None = None) -> list:
        names = ("merchant", "purpose", "status", "level", "gauge")
        amounts = self.readonly_fields[3:8]
        return [
            (None, {"fields": names}),
            (_("Amounts"), {"fields": amounts}),
            (_("Movements"), {"fields": ("movements", "created_at", "updated_at")}),
        ]

    def get_changelist_instance(self, request: HttpRequest) -> Any:
        """Return the list with the names of campaigns read at once for the whole page."""
        changes = super().get_changelist_instance(request)
        for named in with_names(changes.result_list):
            named.deposit.name = named.name
        return changes

    @display(description=_("for"))
    def purpose(self, deposit: Deposit) -> str:
        name = getattr(deposit, "name", None) or with_names([deposit])[0].name
        if not deposit.campaign_id:
            return name
        return format_html(
            '<a href="{}">{}</a>', reverse("admin:leads_campaign_change", args=[deposit.campaign_id]), name
        )

    @display(description=_("status"), label=STATUS_LABELS)
    def shown_status(self, deposit: Deposit) -> tuple[str, str]:
        return deposit.status, deposit.get_status_display()

    @display(description=_("alert level"), label=LEVEL_LABELS)
    def shown_level(self, deposit: Deposit) -> tuple[str, str]:
        return deposit.alert_level, str(deposit.level_label)

    @display(description=_("alert level"))
    def level(self, deposit: Deposit) -> str:
        return str(deposit.level_label)

    @display(description=_("gauge"))
    def gauge(self, deposit: Deposit) -> str:
        return f"{format_number(deposit.gauge_percentage, '0.##')}\u00a0%"

    @display(description=_("movements"))
    def movements(self, deposit: Deposit) -> str:
        url = f"{list_page(DepositTransaction)}?deposit__id__exact={deposit.pk}"
        return format_html('<a class="text-primary-600" href="{}">{}</a>', url, deposit.movement_count)

    def get_actions_detail(self, request: HttpRequest, object_id: str) -> list:
        """Leave out what the deposit's status makes impossible."""
        found = self.get_object(request, unquote(object_id))
        status = found.status if found else None
        hidden = {
            Deposit.Status.SUSPENDED: {"suspend"},
            Deposit.Status.ACTIVE: {"resume"},
            Deposit.Status.DEPLETED: {"resume"},
        }.get(status, {"recharge", "adjust", "suspend", "resume"})
        return [
            one
            for one in super().get_actions_detail(request, object_id)
            if one.method.original_function_name not in hidden
        ]

    @action(description=_("Open a deposit"), url_path="open", icon="add", permissions=MOVES_MONEY)
    def open_general_deposit(self, request: HttpRequest) -> HttpResponse:
        """Open a merchant's general deposit with money received."""
        form = OpenDepositForm(request.POST or None)
        merchant = self.formfield_for_dbfield(Deposit._meta.get_field("merchant"), request)
        form.fields["merchant"].widget = merchant.widget.widget

        def act(*, merchant: Merchant, **payment: Any) -> Deposit:
            return open_deposit(merchant_id=merchant.pk, **payment)

        page = ActionPage(
            title=_("Open a deposit"),
            subtitle=_(
                "A deposit for all campaigns of a merchant, with money that has arrived. To open one for a single"
                " campaign, go to that campaign."
            ),
            submit=_("Open the deposit"),
            form=form,
            act=act,
            done=lambda deposit: _now("Deposit opened: %(amount)s.") % {"amount": format_mad(deposit.current_balance)},
            back=list_page(Deposit),
        )
        return answer_action_page(self, request, page)

    @action(description=_("Record a recharge"), url_path="recharge", icon="add_card", permissions=MOVES_MONEY)
    def recharge(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Credit money received."""
        deposit = self.found(request, object_id)
        return self._movement_page(
            request,
            deposit,
            title=_("Record a recharge"),
            submit=_("Credit this amount"),
            form=RechargeForm(request.POST or None),
            act=lambda **values: recharge_deposit(deposit_id=deposit.pk, **values),
        )

    @action(description=_("Adjust the balance"), url_path="adjust", icon="tune", permissions=MOVES_MONEY)
    def adjust(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Correct the balance by a signed amount."""
        deposit = self.found(request, object_id)
        return self._movement_page(
            request,
            deposit,
            title=_("Adjust the balance"),
            submit=_("Adjust the balance"),
            form=AdjustForm(request.POST or None),
            act=lambda **values: adjust_deposit(deposit_id=deposit.pk, **values),
        )

    @action(description=_("Suspend"), url_path="suspend", icon="block", permissions=MOVES_MONEY)
    def suspend(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Stop new reservations."""
        deposit = self.found(request, object_id)
        page = ActionPage(
            title=_("Suspend the deposit"),
            subtitle=self._summary(deposit),
            submit=_("Suspend the deposit"),
            form=ReasonForm(request.POST or None),
            act=lambda **values: suspend_deposit(deposit_id=deposit.pk, **values),
            done=lambda _deposit: _now("Deposit suspended: it takes no new leads."),
            back=change_page(deposit),
        )
        return answer_action_page(self, request, page)

    @action(description=_("Resume"), url_path="resume", icon="play_arrow", permissions=MOVES_MONEY)
    def resume(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Let a suspended deposit work again."""
        deposit = self.found(request, object_id)
        page = ActionPage(
            title=_("Resume the deposit"),
            subtitle=self._summary(deposit),
            submit=_("Resume the deposit"),
            form=ReasonForm(request.POST or None),
            act=lambda **values: resume_deposit(deposit_id=deposit.pk, **values),
            done=lambda resumed: (
                _now("Deposit resumed. Status: %(status)s.") % {"status": resumed.get_status_display()}
            ),
            back=change_page(deposit),
        )
        return answer_action_page(self, request, page)

    def _movement_page(self, request: HttpRequest, deposit: Deposit, **page: Any) -> HttpResponse:
        def done(movement: Movement) -> str:
            return _now("Recorded. The balance is %(balance)s now, %(available)s of it available.") % {
                "balance": format_mad(movement.current_balance),
                "available": format_mad(movement.available_balance),
            }

        return answer_action_page(
            self,
            request,
            ActionPage(subtitle=self._summary(deposit), done=done, back=change_page(deposit), **page),
        )

    @staticmethod
    def _summary(deposit: Deposit) -> str:
        return _now(
            "%(merchant)s, %(name)s: balance %(balance)s, reserved %(reserved)s, available %(available)s. Status: %(status)s."
        ) % {
            "merchant": deposit.merchant.name,
            "name": with_names([deposit])[0].name,
            "balance": format_mad(deposit.current_balance),
            "reserved": format_mad(deposit.reserved_amount),
            "available": format_mad(deposit.available_balance),
            "status": deposit.get_status_display(),
        }


@admin.register(DepositTransaction)
class DepositTransactionAdmin(LargeTableAdmin):
    """Every movement of every deposit. Search by the id of a movement, deposit, lead, payment or merchant."""

    list_display = (
        moment_column(DepositTransaction, "created_at"),
        "merchant",
        "sequence",
        "kind",
        money_column(DepositTransaction, "amount"),
        money_column(DepositTransaction, "balance_after"),
        money_column(DepositTransaction, "reserved_after"),
        "payment_reference",
        "user",
    )
    list_filter = ("kind", ("deposit", AutocompleteSelectFilter))
    list_select_related = ("merchant", "user")
    search_fields = ("payment_reference__exact",)
    search_help_text = _("An id (movement, deposit, lead, payment), or a payment's whole reference.")
    exact_search_fields = ("pk", "deposit_id", "lead_id", "payment_id")
    readonly_fields = (
        "lead_link",
        *(
            money_column(DepositTransaction, name)
            for name in ("amount", "balance_before", "balance_after", "reserved_before", "reserved_after")
        ),
    )

    def get_fieldsets(self, request: HttpRequest, obj: DepositTransaction | None = None) -> list:
        return [
            (None, {"fields": ("deposit", "merchant", "sequence", "kind", "created_at", "user", "reason")}),
            (_("Amounts"), {"fields": self.readonly_fields[1:]}),
            (_("Belongs to"), {"fields": ("lead_link", "payment_id", "payment_method", "payment_reference")}),
        ]

    @display(description=_("lead"))
    def lead_link(self, transaction: DepositTransaction) -> str:
        if not transaction.lead_id:
            return "—"
        url = reverse("admin:leads_lead_change", args=[transaction.lead_id])
        return format_html('<a class="text-primary-600" href="{}">{}</a>', url, transaction.lead_id)
