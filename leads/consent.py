"""The consent that every lead records (law 09-08, article 4): the sentence confirmed by who typed the lead."""

from django.conf import settings
from django.utils.translation import gettext as _

CONSENT_VERSION = "2026-11"
"""Raised whenever the sentence changes, so that a record says exactly what was confirmed."""


def consent_text(merchant_name: str) -> str:
    """Return the sentence to confirm, in the active language, naming the merchant that receives the data."""
    return _(
        "The person agreed that their contact details go to %(merchant)s, which will use them to answer this request. "
        "They know that they can ask for access, correction or erasure at any time."
    ) % {"merchant": merchant_name}


def cndp_notice() -> str:
    """Return the notice to print beside every form that collects a prospect's data (article 19), or an empty text."""
    if not settings.CNDP_RECEIPT_NUMBER:
        return ""
    return _("Processing declared to the CNDP under number %(number)s.") % {"number": settings.CNDP_RECEIPT_NUMBER}
