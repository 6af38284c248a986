"""Texts of Django, allauth and Unfold that our catalogues translate in our own words.

The catalogues in `locale/` come before those of every package. `makemessages` reads only our own code, so a text that a
package marks is named here as well: French says "e-mail" everywhere, and Django's catalogue "courriel"; Unfold's pages of
the admin have neither French nor Arabic.
"""

from django.utils.translation import gettext_noop

BORROWED_TEXTS = (
    gettext_noop("Email"),
    gettext_noop("Authenticator code"),
    gettext_noop("Search apps and models..."),
    gettext_noop("Type to search"),
    gettext_noop("Recent searches"),
    gettext_noop("No recent searches"),
    gettext_noop("No results matching your query"),
    gettext_noop("No results found"),
    gettext_noop("Loading more results..."),
    gettext_noop("This page yielded into no results. Create a new item or reset your filters."),
    gettext_noop("No data"),
    gettext_noop("Filters"),
    gettext_noop("Apply Filters"),
    gettext_noop("Reset filters"),
    gettext_noop("Select all rows"),
    gettext_noop("Expand row"),
    gettext_noop("More actions"),
    gettext_noop("Run"),
    gettext_noop("Go back"),
    gettext_noop("Return to site"),
    gettext_noop("Light"),
    gettext_noop("Dark"),
    gettext_noop("System"),
    gettext_noop("True"),
    gettext_noop("False"),
    gettext_noop("Toggle password visibility"),
    gettext_noop("All applications"),
    gettext_noop("You have been successfully logged out from the administration"),
)
