"""The site's own settings: its address, and what the law asks for."""

from collections.abc import Iterator
from urllib.parse import urlsplit

from django.conf import settings
from django.http.request import validate_host

from leadsmarket.lib.health import Finding, State, register_check

OF_THIS_MACHINE = ("localhost", "127.0.0.1", "::1")


@register_check("site")
def site(*, online: bool) -> Iterator[Finding]:
    """SITE_URL, ALLOWED_HOSTS, and the receipt of the declaration to the CNDP."""
    parts = urlsplit(settings.SITE_URL)
    host = parts.hostname or ""
    if parts.scheme not in ("http", "https") or not host:
        yield Finding(
            "SITE_URL", State.BROKEN, settings.SITE_URL, "Give the whole address, such as https://leads.example."
        )
    elif settings.IS_PRODUCTION and (parts.scheme != "https" or host in OF_THIS_MACHINE):
        advice = "Links in messages lead there: give the public https address."
        yield Finding("SITE_URL", State.BROKEN, settings.SITE_URL, advice)
    else:
        yield Finding("SITE_URL", State.OK, settings.SITE_URL)
    if not validate_host(host, settings.ALLOWED_HOSTS):
        yield Finding("ALLOWED_HOSTS", State.BROKEN, f"{host} is missing", "Add it: the site answers 400 there.")
    elif settings.IS_PRODUCTION and "*" in settings.ALLOWED_HOSTS:
        yield Finding("ALLOWED_HOSTS", State.HINT, "any name is allowed", "Name the site's own names.")
    else:
        yield Finding("ALLOWED_HOSTS", State.OK, ", ".join(settings.ALLOWED_HOSTS))
    if settings.CNDP_RECEIPT_NUMBER:
        yield Finding("CNDP receipt", State.OK, settings.CNDP_RECEIPT_NUMBER)
    else:
        advice = "Declare the processing to the CNDP (law 09-08) and set CNDP_RECEIPT_NUMBER."
        yield Finding("CNDP receipt", State.HINT, "no number", advice)
