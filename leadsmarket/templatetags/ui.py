"""Template tags of the site's look: icons, menu, form controls, moments in time.

Load with `{% load ui %}`.
"""

from datetime import date, datetime, time

from babel.dates import format_date, format_datetime
from django import template
from django.forms.boundfield import BoundField
from django.http import HttpRequest
from django.templatetags.static import static
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language

from leadsmarket.lib.forms import render_control, render_options
from leadsmarket.lib.money import babel_locale
from leadsmarket.lib.navigation import Link, menu_for, settings_sections_for

register = template.Library()

MOMENT_FORMATS = {"fr": "j N Y, H:i", "en": "j M Y, H:i"}
# As in Babel. Django's Arabic has the months of Egypt: Morocco writes نونبر, not نوفمبر.
ARABIC_MOMENT_FORMAT = "d MMMM y، HH:mm"
DECORATION = mark_safe('aria-hidden="true" focusable="false"')
DAY_FORMATS = {"fr": "j N Y", "en": "j M Y"}
ARABIC_DAY_FORMAT = "d MMMM y"


@register.simple_tag
def icon(name: str, classes: str = "", label: str = "") -> SafeString:
    """An icon of static/leadsmarket/icons.svg. Decoration unless `label` says what it means."""
    meaning = format_html('role="img" aria-label="{}"', label) if label else DECORATION
    return format_html(
        '<svg class="{}" {} fill="none" stroke="currentColor" stroke-width="2" stroke-linecap="round"'
        ' stroke-linejoin="round"><use href="{}#{}"></use></svg>',
        f"icon {classes}".strip(),
        meaning,
        static("leadsmarket/icons.svg"),
        name,
    )


@register.simple_tag(takes_context=True)
def site_menu(context: template.Context) -> list[Link]:
    """The menu of the person who is looking at the page."""
    request: HttpRequest = context["request"]
    return menu_for(getattr(request.user, "role", ""), request.path)


@register.simple_tag(takes_context=True)
def settings_sections(context: template.Context) -> list[Link]:
    """The sections of the settings that the person who is looking has."""
    request: HttpRequest = context["request"]
    return settings_sections_for(getattr(request.user, "role", ""), request.path)


@register.simple_tag
def control(field: BoundField) -> SafeString:
    """A form field's control alone, in the site's look (its label and errors are the page's business)."""
    return render_control(field)


@register.simple_tag
def control_options(field: BoundField) -> SafeString:
    """The options of a radio or checkbox group."""
    return render_options(field)


def _time_tag(value: datetime | None, formats: dict[str, str], arabic_format: str) -> SafeString | str:
    if value is None:
        return ""
    local = timezone.localtime(value)
    text = _written(local, formats, arabic_format)
    return format_html('<time datetime="{}">{}</time>', local.isoformat(timespec="minutes"), text)


def _written(local: datetime, formats: dict[str, str], arabic_format: str) -> str:
    language = (get_language() or "fr")[:2]
    if language == "ar":
        return format_datetime(local, arabic_format, locale=babel_locale())
    return date_format(local, formats.get(language, formats["fr"]))


@register.filter
def moment(value: datetime | None) -> SafeString | str:
    """Day and time in Casablanca: `20 nov. 2026, 14:05`."""
    return _time_tag(value, MOMENT_FORMATS, ARABIC_MOMENT_FORMAT)


@register.filter
def moment_text(value: datetime | None) -> str:
    """The same as plain text, for mails."""
    return _written(timezone.localtime(value), MOMENT_FORMATS, ARABIC_MOMENT_FORMAT) if value is not None else ""


@register.filter
def day_text(value: date | None) -> str:
    """A day as plain text: `20 nov. 2026`."""
    if value is None:
        return ""
    return _written(datetime.combine(value, time(12)), DAY_FORMATS, ARABIC_DAY_FORMAT)


@register.filter
def month_text(value: date | None) -> str:
    """A month and its year: `novembre 2026`."""
    return format_date(value, "LLLL yyyy", locale=babel_locale()) if value is not None else ""


@register.filter
def weekday_text(value: date | None) -> SafeString | str:
    """A day of the week and the month, short, in two lines under a bar of a chart: `ven.`, `20`."""
    if value is None:
        return ""
    return format_html("{}<br>{}", *(format_date(value, pattern, locale=babel_locale()) for pattern in ("E", "d")))


@register.filter
def day(value: datetime | None) -> SafeString | str:
    """The day in Casablanca: `20 nov. 2026`."""
    return _time_tag(value, DAY_FORMATS, ARABIC_DAY_FORMAT)
