"""The signed addresses by which e-mails of one kind end without a log-in."""

from uuid import UUID

from django.conf import settings
from django.core import signing
from django.urls import reverse

from alerts.kinds import Kind

SALT = "alerts.unsubscribe"


def unsubscribe_url(user_id: UUID, kind: str) -> str:
    """Return the address by which a mail program or a person ends the e-mails of one kind, without a log-in (RFC 8058)."""
    token = signing.dumps([str(user_id), kind], salt=SALT, compress=True)
    return f"{settings.SITE_URL}{reverse('alerts:unsubscribe', args=[token])}"


def read_unsubscribe_token(token: str) -> tuple[UUID, Kind] | None:
    """Return whom and what an address of unsubscribe_url is about; None for one that is not ours."""
    try:
        user_id, kind = signing.loads(token, salt=SALT)
        return UUID(user_id), Kind(kind)
    except (signing.BadSignature, ValueError, TypeError):
        return None
