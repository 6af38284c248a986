"""Passwords that somebody who knows this site would try first."""

import re

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

# Words of the site, of its trade and of where its people live; docs/security.md names them.
EXPECTED_WORDS = frozenset(
    [
        "leadsmarket",
        "leadmarket",
        "leads",
        "lead",
        "market",
        "merchant",
        "marchand",
        "entreprise",
        "influencer",
        "influenceur",
        "influenceuse",
        "campagne",
        "campaign",
        "commission",
        "depot",
        "deposit",
        "recharge",
        "password",
        "passe",
        "motdepasse",
        "admin",
        "staff",
        "demo",
        "maroc",
        "morocco",
        "maghreb",
        "casablanca",
        "casa",
        "rabat",
        "marrakech",
        "fes",
        "tanger",
        "agadir",
        "meknes",
        "oujda",
        "azerty",
        "qwerty",
        "bonjour",
        "salam",
    ]
)


class ExpectedWordsValidator:
    """Refuses a password that is made of such words, digits and signs alone: `Casablanca2026!`, `leads-maroc-123`."""

    def validate(self, password: str, user: object = None) -> None:
        """Raise ValidationError where nothing is left but such words."""
        words = re.findall(r"[^\W\d_]+", password.lower())
        if words and all(word in EXPECTED_WORDS for word in words):
            raise ValidationError(self.get_help_text(), code="password_expected_words")

    def get_help_text(self) -> str:
        """Say the rule."""
        return _("The password can't be made only of words such as the name of this site or of a city.")
