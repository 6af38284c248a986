"""django-unfold: title, colours and sidebar of the staff site."""

from django.urls import reverse_lazy
from django.utils.translation import gettext_lazy as _

UNFOLD = {
    "SITE_TITLE": "Leadsmarket",
    "SITE_HEADER": "Leadsmarket",
    "SITE_SUBHEADER": _("Operations"),
    "SITE_URL": reverse_lazy("landing"),
    "SHOW_HISTORY": True,
    "SHOW_VIEW_ON_SITE": False,
}
