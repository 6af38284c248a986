"""Payouts: staff approve them in batches, take the file for the bank, and record what was paid and what failed."""

from decimal import Decimal
from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.admin.utils import unquote
from django.db.models import Count, QuerySet, Sum
from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from unfold.contrib.filters.admin import AutocompleteSelectFilter
from unfold.decorators import action, display
from unfold.widgets import UnfoldAdminTextareaWidget, UnfoldAdminTextInputWidget

from accounts.models import Influencer
from deposits.admin_forms import ReasonForm
from leadsmarket.lib.admin import (
    ActionPage,
    LargeTableAdmin,
    ReadOnlyAdmin,
    RowField,
    StaffAmountField,
    act_on_each,
    answer_action_page,
    change_page,
    list_page,
    moment_column,
    money_column,
)
from leadsmarket.lib.money import format_mad
from payments.forms.payouts import RibField
from payments.models import Payout, PayoutBatch, PayoutSeries, PayoutStatement
from payments.selectors.payouts import near_threshold, statement_of, with_year_amounts
from payments.selectors.receipts import stored_pdf
from payments.services import (
    approve_payouts,
    export_batch_csv,
    mark_payout_failed,
    mark_payout_paid,
    render_statement,
    request_payout,
)
from payments.services.payouts import MINIMUM_PAYOUT

PAYS = ["payments.change_payout"]
STATUS_LABELS = {"requested": "warning", "approved": "info", "paid": "success", "failed": "danger"}


class RequestForm(forms.Form):
    """A payout that staff ask for, where a bank confirmed a RIB whose key doesn't fit."""

    influencer = RowField(Influencer.objects.all(), label=_("Influencer"))
    amount = StaffAmountField(label=_("Amount (MAD)"), min_value=MINIMUM_PAYOUT)
    holder_name = forms.CharField(
        label=_("Account holder"),
        max_length=Payout._meta.get_field("holder_name").max_length,
        widget=UnfoldAdminTextInputWidget,
    )
    rib = RibField(label="RIB", check_key=False, widget=UnfoldAdminTextInputWidget)
    key_note = forms.CharField(
        label=_("Why this key is accepted"),
        required=False,
        max_length=300,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 2}),
        help_text=_("Only for a RIB whose key doesn't fit: how the bank confirmed it. Kept in the audit trail."),
    )


class ThresholdFilter(admin.SimpleListFilter):
    """Payouts of influencers near or over the tax threshold of one client and year."""

    title = _("yearly threshold")
    parameter_name = "threshold"

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin) -> list[tuple[str, Any]]:
        return [("near", _("Passed: 80 %"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Payout]) -> QuerySet[Payout]:
        return near_threshold(queryset) if self.value() == "near" else queryset


@admin.register(Payout)
class PayoutAdmin(LargeTableAdmin):
    """Payouts. Search by the id of a payout or influencer, or by a whole reference."""

    list_display = (
        moment_column(Payout, "created_at"),
        "influencer",
        money_column(Payout, "amount"),
        "shown_status",
        "account",
        "reference",
        "batch",
        "year",
    )
    list_filter = (
        "status",
        ThresholdFilter,
        ("batch", AutocompleteSelectFilter),
        ("influencer", AutocompleteSelectFilter),
    )
    list_select_related = ("influencer", "batch")
    search_fields = ("reference__exact",)
    search_help_text = _("An id (payout, influencer), or a whole reference.")
    exact_search_fields = ("pk", "influencer_id", "batch_id")
    readonly_fields = (money_column(Payout, "amount"), "masked_rib", "year", "has_other_key")
    fieldsets = (
        (None, {"fields": ("influencer", readonly_fields[0], "status", "reference", "batch", "failure_reason")}),
        (_("Account"), {"fields": ("holder_name", "masked_rib", "has_other_key")}),
        (_("Tax"), {"fields": ("year",)}),
        (_("Dates"), {"fields": ("created_at", "requested_by", "approved_at", "ended_at")}),
    )
    actions = ("approve", "mark_paid")
    actions_list = ("request_for_influencer",)
    actions_detail = ("pay", "fail", "statement")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Payout]:
        return with_year_amounts(super().get_queryset(request))

    def has_pay_permission(self, request: HttpRequest) -> bool:
        """Say who may approve payouts and record what became of them."""
        return request.user.has_perm(PAYS[0])

    @display(description=_("status"), label=STATUS_LABELS)
    def shown_status(self, payout: Payout) -> tuple[str, str]:
        return payout.status, payout.get_status_display()

    @display(description=_("account"))
    def account(self, payout: Payout) -> str:
        return format_html(
            '{}<br><bdi dir="ltr" class="whitespace-nowrap">{}</bdi>', payout.holder_name, payout.masked_rib
        )

    @display(description="RIB")
    def masked_rib(self, payout: Payout) -> str:
        return payout.masked_rib

    @display(description=_("this year"))
    def year(self, payout: Payout) -> str:
        amount = format_mad(payout.year_amount)
        return f"⚠ {amount}" if payout.year_amount >= payout.warning_amount else amount

    def get_actions_detail(self, request: HttpRequest, object_id: str) -> list:
        """Leave out what the payout's state makes impossible."""
        found = self.get_object(request, unquote(object_id))
        possible = {
            Payout.Status.REQUESTED: {"fail"},
            Payout.Status.APPROVED: {"pay", "fail"},
            Payout.Status.PAID: {"statement"},
        }.get(found.status if found else None, set())
        return [
            one
            for one in super().get_actions_detail(request, object_id)
            if one.method.original_function_name in possible
        ]

    @action(description=_("Approve the chosen payouts as a batch"), permissions=["pay"])
    def approve(self, request: HttpRequest, chosen: QuerySet[Payout]) -> None:
        """Approve those that are asked for, as one batch for the bank."""
        ids = list(chosen.values_list("pk", flat=True))

        def done(_count: int) -> str:
            batch = PayoutBatch.objects.order_by("-id").first()
            count = batch.payouts.count()
            return ngettext(
                "%(count)d payout approved as batch %(number)s.",
                "%(count)d payouts approved as batch %(number)s.",
                count,
            ) % {"count": count, "number": batch.number}

        act_on_each(request, [ids], lambda payout_ids: approve_payouts(payout_ids=payout_ids), done)

    @action(description=_("Mark the chosen payouts as paid"), permissions=["pay"])
    def mark_paid(self, request: HttpRequest, chosen: QuerySet[Payout]) -> None:
        """Record that the bank paid them."""

        def done(count: int) -> str:
            return ngettext("%(count)d payout is paid.", "%(count)d payouts are paid.", count) % {"count": count}

        ids = list(chosen.order_by("id").values_list("pk", flat=True))
        act_on_each(request, ids, lambda payout_id: mark_payout_paid(payout_id=payout_id), done)

    @action(description=_("Ask for an influencer"), url_path="request", icon="add", permissions=PAYS)
    def request_for_influencer(self, request: HttpRequest) -> HttpResponse:
        """Ask for a payout where the influencer can't, because the key of the RIB doesn't fit."""
        form = RequestForm(request.POST or None)
        influencer = self.formfield_for_dbfield(Payout._meta.get_field("influencer"), request)
        form.fields["influencer"].widget = influencer.widget.widget

        def act(*, influencer: Influencer, **values: Any) -> Payout:
            return request_payout(influencer_id=influencer.pk, **values)

        page = ActionPage(
            title=_("Ask for a payout for an influencer"),
            subtitle=_("For an influencer whose bank confirmed a RIB whose key doesn't fit."),
            submit=_("Ask for the payout"),
            form=form,
            act=act,
            done=lambda payout: _now("Payout of %(amount)s asked for.") % {"amount": format_mad(payout.amount)},
            back=list_page(Payout),
        )
        return answer_action_page(self, request, page)

    @action(description=_("Mark as paid"), url_path="pay", icon="check", permissions=PAYS)
    def pay(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Record that the bank paid it, and issue the statement."""
        payout = self.found(request, object_id)
        page = ActionPage(
            title=_("Mark as paid"),
            subtitle=self._summary(payout),
            submit=_("Mark as paid"),
            form=forms.Form(request.POST if request.method == "POST" else None),
            act=lambda: mark_payout_paid(payout_id=payout.pk),
            done=lambda _payout: _now("Payout marked as paid; its statement is being made."),
            back=change_page(payout),
        )
        return answer_action_page(self, request, page)

    @action(description=_("Mark as failed"), url_path="fail", icon="close", permissions=PAYS)
    def fail(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Give the money back to what is payable."""
        payout = self.found(request, object_id)
        form = ReasonForm(request.POST or None)
        form.fields["reason"].help_text = _("The influencer reads it.")
        page = ActionPage(
            title=_("Mark as failed"),
            subtitle=self._summary(payout),
            submit=_("Mark as failed"),
            form=form,
            act=lambda reason: mark_payout_failed(payout_id=payout.pk, reason=reason),
            done=lambda _payout: _now("Payout marked as failed; the amount is payable again."),
            back=change_page(payout),
        )
        return answer_action_page(self, request, page)

    @action(description=_("Statement"), url_path="statement", icon="download", permissions=["payments.view_payout"])
    def statement(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Download the statement that the influencer gets."""
        payout = self.found(request, object_id)
        issued = statement_of(payout.pk)
        if issued is None:
            raise Http404
        issued = render_statement(issued.pk)
        response = HttpResponse(stored_pdf(issued), content_type="application/pdf")
        response["Content-Disposition"] = f'attachment; filename="{issued.number}.pdf"'
        return response

    @staticmethod
    def _summary(payout: Payout) -> str:
        return _now("%(influencer)s, %(amount)s to %(holder)s, %(rib)s, reference %(reference)s.") % {
            "influencer": payout.influencer.display_name,
            "amount": format_mad(payout.amount),
            "holder": payout.holder_name,
            "rib": payout.masked_rib,
            "reference": payout.reference,
        }


@admin.register(PayoutBatch)
class PayoutBatchAdmin(LargeTableAdmin):
    """Payouts approved together, with the file for the bank."""

    list_display = ("number", moment_column(PayoutBatch, "created_at"), "payout_count", "total", "approved_by")
    list_select_related = ("approved_by",)
    search_fields = ("number",)
    readonly_fields = ("payout_count", "total", "payouts_link")
    fields = ("number", "payout_count", "total", "payouts_link", "approved_by", "created_at")
    actions_detail = ("export",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[PayoutBatch]:
        return super().get_queryset(request).annotate(counted=Count("payouts"), summed=Sum("payouts__amount"))

    @display(description=_("payouts"))
    def payout_count(self, batch: PayoutBatch) -> int:
        return batch.counted

    @display(description=_("total"))
    def total(self, batch: PayoutBatch) -> str:
        return format_mad(batch.summed or Decimal(0))

    @display(description=_("payouts"))
    def payouts_link(self, batch: PayoutBatch) -> str:
        url = f"{reverse('admin:payments_payout_changelist')}?batch__id__exact={batch.pk}"
        return format_html('<a class="text-primary-600" href="{}">{}</a>', url, _now("Show the payouts"))

    @action(description=_("File for the bank (CSV)"), url_path="export", icon="download", permissions=PAYS)
    def export(self, request: HttpRequest, object_id: str) -> StreamingHttpResponse:
        """Send the batch as the bank takes it, with whole RIBs; kept in the audit trail."""
        batch = self.found(request, object_id)
        lines = export_batch_csv(batch_id=batch.pk)
        response = StreamingHttpResponse(lines, content_type="text/csv; charset=utf-8")
        response["Content-Disposition"] = f'attachment; filename="{batch.number}.csv"'
        response["Cache-Control"] = "private, no-store"
        return response


@admin.register(PayoutStatement)
class PayoutStatementAdmin(LargeTableAdmin):
    """Statements as issued; the PDF is on the payout's page."""

    list_display = ("number", moment_column(PayoutStatement, "created_at"), "payout")
    list_select_related = ("payout",)
    search_fields = ("number__exact",)
    exact_search_fields = ("pk", "payout_id")


@admin.register(PayoutSeries)
class PayoutSeriesAdmin(ReadOnlyAdmin):
    """The last number given to batches and statements in each year."""

    list_display = ("name", "last_serial")
