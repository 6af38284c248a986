"""What browsers are told and what requests may bring: headers, cookies, sizes. Production adds HTTPS."""

import environ

YEAR_SECONDS = 365 * 24 * 3600

# Nothing of these is used by the site. Copying to the clipboard is, and stays open.
UNUSED_FEATURES = (
    "accelerometer",
    "autoplay",
    "browsing-topics",
    "camera",
    "display-capture",
    "encrypted-media",
    "fullscreen",
    "geolocation",
    "gyroscope",
    "hid",
    "magnetometer",
    "microphone",
    "midi",
    "payment",
    "serial",
    "usb",
    "xr-spatial-tracking",
)


def security_settings(env: environ.Env) -> dict[str, object]:
    """Return what holds in every environment."""
    return {
        "SECURE_REFERRER_POLICY": "same-origin",
        "SECURE_CONTENT_TYPE_NOSNIFF": True,
        "SECURE_CROSS_ORIGIN_OPENER_POLICY": "same-origin",
        "X_FRAME_OPTIONS": "DENY",
        "PERMISSIONS_POLICY": ", ".join(f"{feature}=()" for feature in UNUSED_FEATURES),
        "SESSION_COOKIE_HTTPONLY": True,
        "SESSION_COOKIE_SAMESITE": "Lax",
        "CSRF_COOKIE_SAMESITE": "Lax",
        "CSRF_COOKIE_HTTPONLY": True,  # pages carry the token, scripts need not read the cookie
        "LANGUAGE_COOKIE_SAMESITE": "Lax",
        "LANGUAGE_COOKIE_HTTPONLY": True,
        # Texts of a form; then everything a request brings, files too: a proof has at most 5 MB.
        "DATA_UPLOAD_MAX_MEMORY_SIZE": 1024 * 1024,
        "DATA_UPLOAD_MAX_NUMBER_FIELDS": 1000,
        "DATA_UPLOAD_MAX_NUMBER_FILES": 5,
        "LARGEST_REQUEST_BYTES": 8 * 1024 * 1024,
    }


def https_settings(env: environ.Env) -> dict[str, object]:
    """Return what production adds: HTTPS only, cookies that no other host and no plain connection can set.

    `__Host-` makes browsers take a cookie from this very host over HTTPS alone, so a subdomain can't plant one.
    """
    return {
        "SECURE_SSL_REDIRECT": env.bool("SECURE_SSL_REDIRECT", default=True),
        "SECURE_PROXY_SSL_HEADER": ("HTTP_X_FORWARDED_PROTO", "https"),
        "SECURE_HSTS_SECONDS": YEAR_SECONDS,
        "SECURE_HSTS_INCLUDE_SUBDOMAINS": True,
        "SECURE_HSTS_PRELOAD": True,
        "SESSION_COOKIE_NAME": "__Host-sessionid",
        "SESSION_COOKIE_SECURE": True,
        "CSRF_COOKIE_NAME": "__Host-csrftoken",
        "CSRF_COOKIE_SECURE": True,
        "KNOWN_BROWSER_COOKIE_NAME": "__Host-known_browser",
        "LANGUAGE_COOKIE_NAME": "__Host-language",
        "LANGUAGE_COOKIE_SECURE": True,
        "MESSAGE_STORAGE": "leadsmarket.lib.notices.HostStorage",
    }
