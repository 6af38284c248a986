"""Content security policy: our own files only, no inline script, no inline style, no eval.

The staff site is django-unfold's, whose Alpine.js needs eval and inline scripts and styles; nothing else is loosened there.
"""

from csp.constants import NONE, SELF, UNSAFE_EVAL, UNSAFE_INLINE

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
        "base-uri": [SELF],
        "manifest-src": [SELF],
    },
}

STAFF_SITE_DIRECTIVES = {
    "script-src": [SELF, UNSAFE_EVAL, UNSAFE_INLINE],
    "style-src": [SELF, UNSAFE_INLINE],
}
"""Replace the directives of the same names under /admin/ (leadsmarket.middleware.StaffSitePolicyMiddleware)."""
