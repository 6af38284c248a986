"""What influencers earn: to read, and to approve where an agreement leaves that to staff."""

from typing import Any

from django.contrib import admin
from django.db.models import Exists, OuterRef, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from unfold.contrib.filters.admin import AutocompleteSelectFilter
from unfold.decorators import action

from leads.models import EarningEntry, InfluencerBalance
from leads.models.earnings import BUCKETS
from leads.services import make_earning_payable
from leadsmarket.lib.admin import LargeTableAdmin, ReadOnlyAdmin, act_on_each, moment_column, money_column

Kind = EarningEntry.Kind
BALANCE_COLUMNS = tuple(money_column(InfluencerBalance, f"{bucket}_amount") for bucket in BUCKETS)


def earnings_waiting(entries: QuerySet[EarningEntry] | None = None) -> QuerySet[EarningEntry]:
    """Return the earnings that become payable only when staff approve them."""
    gone = EarningEntry.objects.filter(lead_id=OuterRef("lead_id"), kind__in=[Kind.PAYABLE, Kind.REVERSED])
    entries = EarningEntry.objects.all() if entries is None else entries
    return entries.filter(~Exists(gone), kind=Kind.EARNED, payable_from=None)


class WaitingFilter(admin.SimpleListFilter):
    """Earnings that wait for staff, or all."""

    title = _("approval")
    parameter_name = "approval"

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin) -> list[tuple[str, Any]]:
        return [("waiting", _("Waiting for staff"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[EarningEntry]) -> QuerySet[EarningEntry]:
        return earnings_waiting(queryset) if self.value() == "waiting" else queryset


@admin.register(EarningEntry)
class EarningEntryAdmin(LargeTableAdmin):
    """Every change of an influencer's balance. Search by the id of an entry, lead or payout."""

    list_display = (
        moment_column(EarningEntry, "created_at"),
        "influencer",
        "kind",
        money_column(EarningEntry, "amount"),
        "lead",
        moment_column(EarningEntry, "payable_from"),
        "user",
    )
    list_filter = ("kind", WaitingFilter, ("influencer", AutocompleteSelectFilter))
    list_select_related = ("influencer", "lead", "user")
    search_fields = ("pk",)
    search_help_text = _("The id of an entry, lead or payout.")
    exact_search_fields = ("pk", "lead_id", "payout_id")
    readonly_fields = tuple(
        money_column(EarningEntry, name)
        for name in ("amount", *(f"{bucket}_{when}" for bucket in BUCKETS for when in ("before", "after")))
    )
    fields = (
        "influencer",
        "sequence",
        "kind",
        *readonly_fields,
        "lead",
        "payout_id",
        "payable_from",
        "user",
        "created_at",
    )
    actions = ("approve",)

    def has_approve_permission(self, request: HttpRequest) -> bool:
        """Say who may approve earnings."""
        return request.user.has_perm("leads.change_earningentry")

    @action(description=_("Make the chosen earnings payable now"), permissions=["approve"])
    def approve(self, request: HttpRequest, chosen: QuerySet[EarningEntry]) -> None:
        """Approve earnings, whatever their return window; meant for agreements without automatic payment."""
        lead_ids = list(
            chosen.filter(kind=Kind.EARNED).order_by("influencer_id", "lead_id").values_list("lead_id", flat=True)
        )

        def done(count: int) -> str:
            return ngettext("%(count)d earning is payable now.", "%(count)d earnings are payable now.", count) % {
                "count": count
            }

        act_on_each(request, lead_ids, lambda lead_id: make_earning_payable(lead_id=lead_id), done)


@admin.register(InfluencerBalance)
class InfluencerBalanceAdmin(ReadOnlyAdmin):
    """What each influencer has earned and can be paid."""

    list_display = (
        "influencer",
        *BALANCE_COLUMNS,
        moment_column(InfluencerBalance, "updated_at"),
    )
    list_select_related = ("influencer",)
    search_fields = ("influencer__display_name",)
    ordering = ("-influencer_id",)
    sortable_by = ()
    readonly_fields = BALANCE_COLUMNS
    fields = ("influencer", *readonly_fields, "entry_count", "updated_at")
