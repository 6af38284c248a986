"""How leads are worded and drawn: `{% load leads %}`."""

from datetime import timedelta

from django import template
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from leads.models import Lead, LeadSource

register = template.Library()

SOURCE_ICONS = {
    LeadSource.INSTAGRAM: "brand-instagram",
    LeadSource.TIKTOK: "brand-tiktok",
    LeadSource.WHATSAPP: "brand-whatsapp",
    LeadSource.FACEBOOK: "brand-facebook",
    LeadSource.DIRECT: "user",
    LeadSource.OTHER: "dots",
}


@register.filter
def source_icon(source: str) -> str:
    """The icon of a source."""
    return SOURCE_ICONS.get(LeadSource(source), "dots")


@register.filter
def time_left(lead: Lead) -> str:
    """How long a pending lead can still be decided: `expires in 5 h`. Past its time it waits for the job of 23:00."""
    left = lead.expires_at - timezone.now()
    if left <= timedelta():
        return _("expires at 23:00")
    hours, minutes = left // timedelta(hours=1), max(left // timedelta(minutes=1), 1)
    if not hours:
        return ngettext("expires in %(count)s min", "expires in %(count)s min", minutes) % {"count": minutes}
    if hours < 48:
        return ngettext("expires in %(count)s h", "expires in %(count)s h", hours) % {"count": hours}
    days = hours // 24
    return ngettext("expires in %(count)s day", "expires in %(count)s days", days) % {"count": days}
