"""Campaigns: staff see all, pause and activate them, and open a deposit for a single one."""

from typing import Any
from uuid import UUID

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from unfold.admin import StackedInline
from unfold.contrib.filters.admin import AutocompleteSelectFilter
from unfold.decorators import action, display

from deposits.admin_forms import OpenCampaignDepositForm
from deposits.models import Deposit
from deposits.services import open_deposit
from leads.models import Campaign, CampaignSettings
from leads.services import activate_campaign, pause_campaign
from leadsmarket.lib.admin import (
    ActionPage,
    ReadOnlyAdmin,
    act_on_each,
    answer_action_page,
    change_page,
    moment_column,
    money_column,
)
from leadsmarket.lib.money import format_mad

STATUS_LABELS = {"draft": "default", "active": "success", "paused": "warning", "ended": "default"}
MONEY_TERMS = ("fixed_commission_amount", "commission_threshold", "minimum_estimated_value")


class CampaignSettingsInline(StackedInline):
    """The commission terms of a campaign, which its merchant sets."""

    model = CampaignSettings
    can_delete = False
    hide_title = True
    max_num = 0
    readonly_fields = tuple(money_column(CampaignSettings, name) for name in MONEY_TERMS)
    fields = ("percentage_commission_rate", *readonly_fields, "auto_stop_on_depletion", "lead_expiry_hours")

    def has_change_permission(self, request: HttpRequest, obj: Campaign | None = None) -> bool:
        return False


@admin.register(Campaign)
class CampaignAdmin(ReadOnlyAdmin):
    """What merchants want leads for."""

    list_display = (
        "name",
        "merchant",
        "service",
        "shown_status",
        "shown_pause_reason",
        moment_column(Campaign, "created_at"),
    )
    list_filter = ("status", "pause_reason", ("merchant", AutocompleteSelectFilter))
    list_select_related = ("merchant",)
    search_fields = ("name", "service", "merchant__name")
    exact_search_fields = ("pk", "merchant_id")
    ordering = ("-id",)
    sortable_by = ()
    fields = (
        "merchant",
        "name",
        "service",
        "description",
        "type",
        "status",
        "shown_pause_reason",
        "created_at",
        "updated_at",
    )
    readonly_fields = ("shown_pause_reason",)
    inlines = (CampaignSettingsInline,)
    actions = ("pause", "activate")
    actions_detail = ("open_campaign_deposit",)

    @display(description=_("status"), label=STATUS_LABELS)
    def shown_status(self, campaign: Campaign) -> tuple[str, str]:
        return campaign.status, campaign.get_status_display()

    @display(description=_("pause reason"))
    def shown_pause_reason(self, campaign: Campaign) -> str:
        return campaign.get_pause_reason_display() or "—"

    def has_steer_permission(self, request: HttpRequest) -> bool:
        """Say who may pause and activate campaigns."""
        return request.user.has_perm("leads.change_campaign")

    def has_open_deposit_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        """Say who may open a deposit."""
        return request.user.has_perm("deposits.change_deposit")

    @action(description=_("Pause the chosen campaigns"), permissions=["steer"])
    def pause(self, request: HttpRequest, chosen: QuerySet[Campaign]) -> None:
        """Pause by hand: a recharge will not resume them."""

        def done(count: int) -> str:
            return ngettext("%(count)d campaign is paused.", "%(count)d campaigns are paused.", count) % {
                "count": count
            }

        act_on_each(request, _ids(chosen), lambda campaign_id: pause_campaign(campaign_id=campaign_id), done)

    @action(description=_("Activate the chosen campaigns"), permissions=["steer"])
    def activate(self, request: HttpRequest, chosen: QuerySet[Campaign]) -> None:
        """Let drafts and paused campaigns take leads; those of a depleted deposit wait for its recharge."""
        waiting: list[Campaign] = []

        def act(campaign_id: UUID) -> None:
            campaign = activate_campaign(campaign_id=campaign_id)
            if campaign.pause_reason:
                waiting.append(campaign)

        def done(count: int) -> str:
            active = count - len(waiting)
            told = []
            if active:
                told.append(
                    ngettext("%(count)d campaign is active.", "%(count)d campaigns are active.", active)
                    % {"count": active}
                )
            if waiting:
                told.append(
                    ngettext(
                        "%(count)d campaign waits for the recharge of its depleted deposit.",
                        "%(count)d campaigns wait for the recharge of their depleted deposits.",
                        len(waiting),
                    )
                    % {"count": len(waiting)}
                )
            return " ".join(told)

        act_on_each(request, _ids(chosen), act, done)

    @action(
        description=_("Open its own deposit"),
        url_path="open-deposit",
        icon="add_card",
        permissions=["open_deposit"],
    )
    def open_campaign_deposit(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Open a deposit for this campaign alone, with money received."""
        campaign = self.found(request, object_id)

        def act(**payment: Any) -> Deposit:
            return open_deposit(merchant_id=campaign.merchant_id, campaign_id=campaign.pk, **payment)

        page = ActionPage(
            title=_("Open a deposit for one campaign"),
            subtitle=_now(
                "%(merchant)s, %(campaign)s. Its leads draw on this deposit from then on, no longer on the general one."
            )
            % {"merchant": campaign.merchant.name, "campaign": campaign.name},
            submit=_("Open the deposit"),
            form=OpenCampaignDepositForm(request.POST or None),
            act=act,
            done=lambda deposit: _now("Deposit opened: %(amount)s.") % {"amount": format_mad(deposit.current_balance)},
            back=change_page(campaign),
        )
        return answer_action_page(self, request, page)


def _ids(chosen: QuerySet[Campaign]) -> list:
    return list(chosen.order_by("pk").values_list("pk", flat=True))
