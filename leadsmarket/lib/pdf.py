"""PDF documents from our own templates, by WeasyPrint with a closed door: nothing is fetched but our static files."""

import logging
from functools import cache
from mimetypes import guess_type
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from django.conf import settings
from django.contrib.staticfiles import finders
from django.contrib.staticfiles.storage import staticfiles_storage
from django.core.exceptions import SuspiciousFileOperation

if TYPE_CHECKING:
    from weasyprint.text.fonts import FontConfiguration
    from weasyprint.urls import URLFetcher

logger = logging.getLogger(__name__)

STATIC_SCHEME = "static:"
"""In a PDF template a file of ours is `static:payments/receipt.css`."""


FIRST_STRONG_ISOLATE, POP_ISOLATE = "\u2068", "\u2069"


class ForbiddenAddress(ValueError):
    """A document asked for something that is not one of our static files."""


def html_to_pdf(html: str) -> bytes:
    """Return the PDF of a complete HTML document; the same document gives the same bytes.

    The fonts' configuration is kept: it costs half of a first document. Raises weasyprint's FatalURLFetchingError when the
    document asks for anything but our static files, or for one that isn't there.
    """
    from weasyprint import HTML

    # WeasyPrint lays out bidirectional text but takes no notice of <bdi>: Unicode's own marks do the same.
    html = html.replace("<bdi>", f"<bdi>{FIRST_STRONG_ISOLATE}").replace("</bdi>", f"{POP_ISOLATE}</bdi>")
    document = HTML(string=html, base_url=STATIC_SCHEME, url_fetcher=_fetcher())
    return document.write_pdf(font_config=_font_configuration())


def warm_up() -> None:
    """Load the libraries and fonts of the first PDF before it is wanted; a machine without them logs that."""
    try:
        html_to_pdf("<p>Reçu 1\u202f234,50\u00a0MAD وصل</p>")
    except OSError as error:
        logger.error("PDFs can't be made on this machine: %s", error)


@cache
def _font_configuration() -> "FontConfiguration":
    from weasyprint.text.fonts import FontConfiguration

    return FontConfiguration()


@cache
def _fetcher() -> "URLFetcher":
    # Imported late: WeasyPrint loads system libraries, which only the worker needs.
    from weasyprint.urls import URLFetcher, URLFetcherResponse

    class StaticFilesFetcher(URLFetcher):
        """Opens our static files by name; whatever else a document names stops it."""

        def fetch(self, url: str, headers: dict[str, str] | None = None) -> URLFetcherResponse:
            name = _static_name(url)
            return URLFetcherResponse(url, _static_file(name).read_bytes(), {"Content-Type": guess_type(name)[0] or ""})

    return StaticFilesFetcher(fail_on_errors=True)


def _static_name(url: str) -> str:
    parts = urlsplit(url)
    if parts.scheme != STATIC_SCHEME.rstrip(":") or parts.netloc:
        raise ForbiddenAddress(url)
    return unquote(parts.path)


def _static_file(name: str) -> Path:
    try:
        # Where nobody collected the static files (tests, a developer's machine), they are read from their folders.
        uses_folders = getattr(settings, "WHITENOISE_USE_FINDERS", False)
        found = finders.find(name) if uses_folders else staticfiles_storage.path(name)
    except SuspiciousFileOperation as error:
        raise ForbiddenAddress(name) from error
    if not found:
        raise ForbiddenAddress(name)
    return Path(found)
