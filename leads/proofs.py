"""Proofs that a merchant attaches to a return: what a file is, told by its content and not by its name."""

from io import BytesIO

from django.core.files.base import ContentFile, File
from django.utils.translation import gettext as _
from PIL import Image, UnidentifiedImageError

from leadsmarket.lib.errors import InvalidInput
from leadsmarket.lib.identifiers import new_id

LARGEST_PROOF = 5 * 1024 * 1024
"""Bytes."""
MOST_PIXELS = 50_000_000
CONTENT_TYPES = {"pdf": "application/pdf", "png": "image/png", "jpg": "image/jpeg"}
_IMAGE_TYPES = {"PNG": "png", "JPEG": "jpg"}


def checked_proof(uploaded: File) -> ContentFile:
    """Return an uploaded proof under a name of ours. Raises InvalidInput (empty, too large, not a PDF, PNG or JPEG)."""
    if uploaded.size > LARGEST_PROOF:
        raise InvalidInput(fields={"proof": _("The file must be at most 5 MB.")})
    content = uploaded.read(LARGEST_PROOF + 1)
    extension = _type_of(content)
    if not extension or len(content) > LARGEST_PROOF:
        raise InvalidInput(fields={"proof": _("Choose a PDF, PNG or JPEG file.")})
    return ContentFile(content, name=f"{new_id()}.{extension}")


def _type_of(content: bytes) -> str:
    if content.startswith(b"%PDF-") and b"%%EOF" in content[-2048:]:
        return "pdf"
    try:
        with Image.open(BytesIO(content), formats=list(_IMAGE_TYPES)) as image:
            if image.width * image.height > MOST_PIXELS:
                return ""
            image.verify()
            return _IMAGE_TYPES[image.format or ""]
    except (UnidentifiedImageError, Image.DecompressionBombError, OSError, SyntaxError, ValueError, KeyError):
        return ""
