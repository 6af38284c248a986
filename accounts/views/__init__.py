"""Pages of sign-up and settings; log-in, reset and verification are django-allauth's, with our templates."""

from accounts.views.email import change_email, confirm_email_change
from accounts.views.security import end_one_session, end_sessions, security_page
from accounts.views.settings import change_language, change_profile, settings_page, switch_language
from accounts.views.signup import choose_side, signup_influencer, signup_merchant

__all__ = [
    "change_email",
    "change_language",
    "change_profile",
    "choose_side",
    "confirm_email_change",
    "end_one_session",
    "end_sessions",
    "security_page",
    "settings_page",
    "signup_influencer",
    "signup_merchant",
    "switch_language",
]
