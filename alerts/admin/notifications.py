"""What people were told on their dashboard, and what they chose to hear elsewhere."""

from django.contrib import admin
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from alerts.models import Notification, NotificationPreference, NotificationProfile
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


@admin.register(NotificationProfile)
class NotificationProfileAdmin(LargeTableAdmin):
    """Phones for messages, whether they are verified and agreed to, and quiet hours. Theirs to change, not ours."""

    list_display = (
        "user",
        "shown_phone",
        moment_column(NotificationProfile, "phone_verified_at"),
        moment_column(NotificationProfile, "whatsapp_agreed_at"),
        "quiet_from",
        "quiet_until",
    )
    list_filter = (
        ("phone_verified_at", admin.EmptyFieldListFilter),
        ("whatsapp_agreed_at", admin.EmptyFieldListFilter),
    )
    list_select_related = ("user",)
    search_fields = ("user__email__exact", "phone__exact")
    search_help_text = _("A whole e-mail address or phone number, or the id of a person.")
    exact_search_fields = ("pk", "user_id")
    readonly_fields = ("shown_phone",)
    fields = (
        *("user", "shown_phone", "phone_verified_at", "whatsapp_agreed_at", "quiet_from", "quiet_until"),
        *("reports_without_activity", "created_at", "updated_at"),
    )

    @display(description=_("phone for messages"))
    def shown_phone(self, profile: NotificationProfile) -> SafeString | str:
        # A number keeps its order in Arabic.
        return format_html('<bdi dir="ltr">{}</bdi>', profile.phone.as_e164) if profile.phone else "—"
