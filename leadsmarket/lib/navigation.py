"""The menu of each role, in one place."""

from dataclasses import dataclass

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the menu: the name of its URL, its text and its icon."""

    url_name: str
    label: str | Promise
    icon: str


@dataclass(frozen=True, slots=True)
class Link:
    """An entry as a page shows it; `is_current` marks the page (or part of the site) one is on."""

    url: str
    label: str | Promise
    icon: str
    is_current: bool


DASHBOARD = Entry("dashboard", _("Dashboard"), "layout-dashboard")
SETTINGS = Entry("accounts:settings", _("Settings"), "settings")

MENUS: dict[str, tuple[Entry, ...]] = {
    "merchant": (
        DASHBOARD,
        Entry("leads:list", _("Leads"), "list-check"),
        Entry("leads:campaigns", _("Campaigns"), "speakerphone"),
        Entry("leads:agreements", _("Influencers and agreements"), "users-group"),
        Entry("deposits:list", _("Deposits"), "wallet"),
        Entry("payments:list", _("Payments"), "receipt"),
        SETTINGS,
    ),
    "influencer": (
        DASHBOARD,
        Entry("leads:new", _("New lead"), "user-plus"),
        Entry("leads:list", _("My leads"), "list-check"),
        Entry("leads:campaigns", _("Campaigns to join"), "speakerphone"),
        Entry("leads:agreements", _("My agreements"), "file-description"),
        Entry("leads:earnings", _("Earnings"), "coins"),
        Entry("payments:payouts", _("Payouts"), "cash"),
        SETTINGS,
    ),
    "staff": (Entry("admin:index", _("Administration"), "shield-check"),),
}


def menu_for(role: str, path: str) -> list[Link]:
    """Return the menu of a role; the entry with the longest address that `path` starts with is the current one."""
    entries = MENUS.get(role, ())
    urls = [reverse(entry.url_name) for entry in entries]
    current = max((url for url in urls if path.startswith(url)), key=len, default=None)
    return [
        Link(url, entry.label, entry.icon, is_current=url == current) for url, entry in zip(urls, entries, strict=True)
    ]
