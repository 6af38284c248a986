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
        Entry("analytics:page", _("Analytics"), "chart-bar"),
        SETTINGS,
    ),
    "influencer": (
        DASHBOARD,
        Entry("leads:new", _("New lead"), "user-plus"),
        Entry("leads:list", _("My leads"), "list-check"),
        Entry("leads:campaigns", _("Campaigns to join"), "speakerphone"),
        Entry("leads:agreements", _("My agreements"), "file-description"),
        Entry("analytics:page", _("Performance"), "chart-bar"),
        Entry("leads:earnings", _("Earnings"), "coins"),
        Entry("payments:payouts", _("Payouts"), "cash"),
        SETTINGS,
    ),
    "staff": (Entry("admin:index", _("Administration"), "shield-check"),),
}


@dataclass(frozen=True, slots=True)
class Section:
    """One section of the settings: its entry, who has it, and where else its pages are."""

    entry: Entry
    roles: frozenset[str]
    also: tuple[str, ...] = ()


EVERYBODY = frozenset({"merchant", "influencer", "staff"})
# One line per section; its pages extend accounts/settings_base.html and fill {% block section %}.
SETTINGS_SECTIONS: tuple[Section, ...] = (
    Section(Entry("accounts:settings", _("Company"), "building-store"), frozenset({"merchant"})),
    Section(Entry("accounts:settings", _("Profile"), "user-circle"), EVERYBODY - {"merchant"}),
    Section(Entry("alerts:preferences", _("Notifications"), "bell"), EVERYBODY),
    Section(Entry("partner:access", _("API access"), "key"), frozenset({"merchant", "influencer"})),
    Section(Entry("accounts:security", _("Security"), "shield-lock"), EVERYBODY, also=("/accounts/",)),
)


def menu_for(role: str, path: str) -> list[Link]:
    """Return the menu of a role; the entry with the longest address that `path` starts with is the current one."""
    # The log-in's pages are reached from the settings.
    return _links([(entry, ("/accounts/",) if entry is SETTINGS else ()) for entry in MENUS.get(role, ())], path)


def settings_sections_for(role: str, path: str) -> list[Link]:
    """Return the sections of the settings that a role has, the one that `path` belongs to as the current one."""
    return _links([(section.entry, section.also) for section in SETTINGS_SECTIONS if role in section.roles], path)


def _links(entries: list[tuple[Entry, tuple[str, ...]]], path: str) -> list[Link]:
    urls = [reverse(entry.url_name) for entry, _also in entries]
    owner = {prefix: url for url, (_entry, also) in zip(urls, entries, strict=True) for prefix in (url, *also)}
    longest = max((prefix for prefix in owner if path.startswith(prefix)), key=len, default="")
    return [
        Link(url, entry.label, entry.icon, is_current=url == owner.get(longest))
        for url, (entry, _also) in zip(urls, entries, strict=True)
    ]
