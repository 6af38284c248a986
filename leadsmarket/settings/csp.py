"""Content security policy: our own files only, no inline script, no inline style, no eval.

The staff site is django-unfold's, whose Alpine.js needs eval and inline scripts and styles; nothing else is loosened there.
"""

from urllib.parse import urlsplit

import environ
from csp.constants import NONE, SELF, UNSAFE_EVAL, UNSAFE_INLINE

STRIPE_CHECKOUT = "https://checkout.stripe.com"

STAFF_SITE_DIRECTIVES = {
    "script-src": [SELF, UNSAFE_EVAL, UNSAFE_INLINE],
    "style-src": [SELF, UNSAFE_INLINE],
}
"""Replace the directives of the same names under /admin/ (leadsmarket.middleware.StaffSitePolicyMiddleware)."""


def content_security_policy(env: environ.Env) -> dict[str, object]:
    """Return CONTENT_SECURITY_POLICY. Forms may lead to the payment pages of gateways that are configured, nowhere else."""
    return {
        "DIRECTIVES": {
            "default-src": [NONE],
            "script-src": [SELF],
            "style-src": [SELF],
            "img-src": [SELF, "data:"],
            "font-src": [SELF],
            "connect-src": [SELF],
            "form-action": [SELF, *_payment_pages(env)],
            "frame-ancestors": [NONE],
            "base-uri": [NONE],
            "object-src": [NONE],
            "manifest-src": [SELF],
        },
    }


def _payment_pages(env: environ.Env) -> list[str]:
    """The origins of the payment pages; browsers apply form-action to the redirect after a form, too."""
    pages = [env("CMI_GATEWAY_URL", default=""), env("BTCPAY_URL", default="")]
    if env("STRIPE_SECRET_KEY", default=""):
        pages.append(env("STRIPE_CHECKOUT_ORIGIN", default=STRIPE_CHECKOUT))
    origins = [urlsplit(page) for page in pages if page]
    return [f"{origin.scheme}://{origin.netloc}" for origin in origins]
