"""Which registered template says what: WhatsApp takes approved texts with values in them, nothing else.

The texts to register, in each language, are in docs/whatsapp.md; the order of the values is theirs.
"""

import re
from collections.abc import Callable
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from alerts.kinds import Kind
from alerts.models import Delivery
from deposits.levels import AlertLevel
from leadsmarket.lib.money import format_mad
from leadsmarket.templatetags.money import percentage

Values = Callable[[dict[str, Any]], list[str]]

NOTICE = "leadsmarket_notice"
"""For every kind without a template of its own: the message's title, and the link."""


def _deposit_level(context: dict[str, Any]) -> list[str]:
    return [
        str(context["level_label"]),
        str(context["deposit_name"]),
        format_mad(context["current_balance"]),
        percentage(context["gauge_percentage"]),
        _days(context["days_left"]),
        str(context["url"]),
    ]


def _deposit_depleted(context: dict[str, Any]) -> list[str]:
    return [
        str(context["deposit_name"]),
        format_mad(context["current_balance"]),
        percentage(context["gauge_percentage"]),
        str(context["url"]),
    ]


def _new_leads(context: dict[str, Any]) -> list[str]:
    count = context["count"]
    return [ngettext("%(count)s new lead", "%(count)s new leads", count) % {"count": count}, str(context["url"])]


def _days(days: int | None) -> str:
    if days is None:
        return _("not known yet")
    return ngettext("%(count)s day", "%(count)s days", days) % {"count": days}


def template_payload(kind: str, level: str, context: dict[str, Any]) -> dict[str, object]:
    """Return template and ordered values of a message, in the active language; kept with it until it is sent."""
    name, values = _template_of(kind, level)
    if values is None:
        return {"template": name, "url": str(context["url"])}
    return {"template": name, "values": [_clean(value) for value in values(context)]}


def values_of(delivery: Delivery) -> list[str]:
    """Return the ordered values of a message's template."""
    if delivery.payload["template"] == NOTICE:
        return [_clean(delivery.subject), delivery.payload["url"]]
    return list(delivery.payload["values"])


def _template_of(kind: str, level: str) -> tuple[str, Values | None]:
    if kind == Kind.DEPOSIT_LEVEL and level == AlertLevel.DEPLETED:
        return "leadsmarket_deposit_depleted", _deposit_depleted
    if kind == Kind.DEPOSIT_LEVEL:
        return "leadsmarket_deposit_level", _deposit_level
    if kind == Kind.NEW_LEAD:
        return "leadsmarket_new_leads", _new_leads
    return NOTICE, None


def _clean(value: str) -> str:
    # WhatsApp refuses values with line breaks, tabs, or many spaces in a row, and empty ones.
    return re.sub(r"[ \t\r\n]+", " ", value).strip() or "—"
