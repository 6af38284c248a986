"""What people were told on their dashboard, and what they chose to hear elsewhere."""

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from alerts.models import Notification, NotificationPreference
from leadsmarket.lib.admin import LargeTableAdmin, moment_column


@admin.register(Notification)
class NotificationAdmin(LargeTableAdmin):
    """What people were told on their dashboard. Search by the id of a notification, person, deposit, lead or payment."""

    list_display = (
        moment_column(Notification, "created_at"),
        "kind",
        "user",
        "title",
        "level",
        moment_column(Notification, "read_at"),
    )
    list_filter = ("kind", "level")
    list_select_related = ("user",)
    search_fields = ("pk",)
    search_help_text = _("The id of a notification, person, deposit, lead or payment.")
    exact_search_fields = ("pk", "user_id", "deposit_id", "lead_id", "payment_id")
    fields = (
        *("kind", "level", "user", "title", "body", "url", "created_at", "read_at"),
        *("deposit_id", "campaign_id", "lead_id", "payment_id"),
    )


@admin.register(NotificationPreference)
class NotificationPreferenceAdmin(LargeTableAdmin):
    """What people chose for a kind on a channel, where it is not the default. Theirs to change, not ours."""

    list_display = ("user", "kind", "channel", "is_on", moment_column(NotificationPreference, "updated_at"))
    list_filter = ("kind", "channel", "is_on")
    list_select_related = ("user",)
    search_fields = ("user__email__exact",)
    search_help_text = _("A whole e-mail address, or the id of a person.")
    exact_search_fields = ("pk", "user_id")
    fields = ("user", "kind", "channel", "is_on", "created_at", "updated_at")
