"""PDF documents from our own templates, by WeasyPrint with a closed door: nothing is fetched but our static files."""

from functools import cache
from pathlib import Path
from urllib.parse import unquote, urlsplit

from django.conf import settings
from django.contrib.staticfiles import finders
from django.contrib.staticfiles.storage import staticfiles_storage

STATIC_SCHEME = "static:"
"""In a PDF template a file of ours is `static:payments/receipt.css`."""


class ForbiddenAddress(ValueError):
    """A document asked for something that is not one of our static files."""


@cache
def _font_configuration():  # noqa: ANN202 - WeasyPrint is imported late: it loads system libraries
    from weasyprint.text.fonts import FontConfiguration

    return FontConfiguration()


def html_to_pdf(html: str) -> bytes:
    """Return the PDF of a complete HTML document. The fonts' configuration is kept: it costs half of a first document."""
    from weasyprint import HTML

    return HTML(string=html, base_url=STATIC_SCHEME, url_fetcher=_fetch).write_pdf(font_config=_font_configuration())


def _fetch(url: str, *_args: object, **_kwargs: object) -> dict[str, object]:
    parts = urlsplit(url)
    if parts.scheme != "static":
        raise ForbiddenAddress(url)
    return {"string": _static_file(unquote(parts.path)).read_bytes(), "redirected_url": url}


def _static_file(name: str) -> Path:
    found = finders.find(name) if settings.DEBUG else None
    return Path(found or staticfiles_storage.path(name))
