"""Texts of Django and allauth that our catalogues translate in our own words.

The catalogues in `locale/` come before those of every package. `makemessages` reads only our own code, so a text that a
package marks is named here as well: French says "e-mail" everywhere, and Django's catalogue "courriel".
"""

from django.utils.translation import gettext_noop

BORROWED_TEXTS = (gettext_noop("Email"),)
