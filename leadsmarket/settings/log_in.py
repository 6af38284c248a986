"""How people log in: django-allauth by e-mail address, passwords, a second factor, limits on trying."""

from typing import Any

import environ

DAY_SECONDS = 24 * 3600


def log_in_settings(env: environ.Env) -> dict[str, Any]:
    """Return the settings of sessions, passwords, allauth and the second factor."""
    return {
        "SESSION_ENGINE": "django.contrib.sessions.backends.db",
        # Counted from the log-in, whatever is done meanwhile; staff have less.
        "SESSION_COOKIE_AGE": 14 * DAY_SECONDS,
        "STAFF_SESSION_SECONDS": env.int("STAFF_SESSION_HOURS", default=12) * 3600,
        "AUTHENTICATION_BACKENDS": ["allauth.account.auth_backends.AuthenticationBackend"],
        "AUTH_PASSWORD_VALIDATORS": [
            {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
            {
                "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
                "OPTIONS": {"min_length": 10},
            },
            {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
            {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
            {"NAME": "accounts.passwords.ExpectedWordsValidator"},
        ],
        "LOGIN_URL": "account_login",
        "LOGIN_REDIRECT_URL": "dashboard",
        "LOGOUT_REDIRECT_URL": "landing",
        "ACCOUNT_ADAPTER": "accounts.adapter.AccountAdapter",
        "ACCOUNT_LOGIN_METHODS": {"email"},
        "ACCOUNT_SIGNUP_FIELDS": ["email*", "password1*"],
        "ACCOUNT_USER_MODEL_USERNAME_FIELD": None,
        "ACCOUNT_UNIQUE_EMAIL": True,
        "ACCOUNT_EMAIL_VERIFICATION": "mandatory",
        "ACCOUNT_CONFIRM_EMAIL_ON_GET": False,
        "ACCOUNT_LOGIN_ON_EMAIL_CONFIRMATION": True,  # in the browser of the sign-up only
        "ACCOUNT_EMAIL_NOTIFICATIONS": True,
        "ACCOUNT_PREVENT_ENUMERATION": True,
        "ACCOUNT_EMAIL_SUBJECT_PREFIX": "",
        "ACCOUNT_LOGOUT_ON_PASSWORD_CHANGE": False,  # other browsers are logged out all the same
        "ACCOUNT_REAUTHENTICATION_REQUIRED": True,
        # How many proxies of ours stand before the site: the address of a visitor is read that far back in X-Forwarded-For.
        "ALLAUTH_TRUSTED_PROXY_COUNT": env.int("TRUSTED_PROXY_COUNT", default=0),
        "ACCOUNT_FORMS": {"login": "accounts.forms.SiteLoginForm"},
        # Whoever shows that the mailbox is theirs gets in, even while strangers try passwords: see accounts/throttling.py.
        "ACCOUNT_LOGIN_ON_PASSWORD_RESET": True,
        "ACCOUNT_RATE_LIMITS": {
            "data_request": "10/h/ip,3/d/key",  # the page "Your data"
            "login": "30/m/ip",
            "login_visitor": "10/m/ip",
            "login_place": "5/5m/key",
            "login_address": "50/10m/key",
            "login_known_browser": "10/5m/key",
            "login_failed": "10/15m/key",  # codes of the second factor, per person
        },
        "KNOWN_BROWSER_COOKIE_NAME": "known_browser",
        "MFA_ADAPTER": "accounts.second_factor.SecondFactorAdapter",
        "MFA_SUPPORTED_TYPES": ["totp", "recovery_codes"],
        "MFA_TOTP_ISSUER": "Leadsmarket",
        # A clock half a minute off is let through; accounts.second_factor keeps a code from being used twice meanwhile.
        "MFA_TOTP_TOLERANCE": 1,
        "MFA_RECOVERY_CODES_SHOW_ONCE": True,
        "MFA_FORMS": {
            "authenticate": "accounts.second_factor.CodeForm",
            "reauthenticate": "accounts.second_factor.CodeAgainForm",
        },
        # The staff site opens only to those who set up a second factor; production switches it on.
        "STAFF_SECOND_FACTOR_REQUIRED": env.bool("STAFF_SECOND_FACTOR_REQUIRED", default=False),
    }
