"""Pages of sign-up and settings; log-in, reset and verification are django-allauth's, with our templates."""

from accounts.views.security import security_page
from accounts.views.settings import change_language, change_profile, settings_page, switch_language
from accounts.views.signup import choose_side, signup_influencer, signup_merchant

__all__ = [
    "change_language",
    "change_profile",
    "choose_side",
    "security_page",
    "settings_page",
    "signup_influencer",
    "signup_merchant",
    "switch_language",
]
