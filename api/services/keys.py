"""API keys: made and revoked by whoever decides for a side, shown once, looked up at each request."""

import hashlib
import hmac
import re
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.audit import record_audit
from api.models import ApiKey
from api.services.sides import lock_own_side, require_decider
from leadsmarket.lib.actor import AUTHENTICATION, SYSTEM, Actor, acting_as, acting_user_id, current_actor
from leadsmarket.lib.errors import InvalidInput, NotFound, Refusal

MOST_KEYS = 10
"""Of one merchant or influencer that are not revoked."""
USE_NOTED_EVERY = timedelta(minutes=1)
PLAIN = "0123456789abcdefghijklmnopqrstuvwxyz"
ALPHABET = PLAIN + PLAIN[10:].upper()
SECRET_LENGTH = 43
"""Letters and digits: 256 bits, so that one round of SHA-256 is all the hashing needed."""
KEY = re.compile(rf"(lm_(?:live|test)_)([0-9a-z]{{12}})_[0-9A-Za-z]{{{SECRET_LENGTH}}}")


class TooManyKeys(Refusal):
    """MOST_KEYS are in use."""

    message = gettext_lazy("You have the greatest number of keys. Revoke one that you no longer use.")


@dataclass(frozen=True, slots=True)
class KeyHolder:
    """Who a key acts for: its side, as the person who made it."""

    key_id: UUID
    may_write: bool
    last_used_at: datetime | None
    actor: Actor


def key_prefix() -> str:
    """How keys of this site begin; those of the other mode are refused."""
    return "lm_live_" if settings.PAYMENTS_LIVE else "lm_test_"


@transaction.atomic
def create_api_key(*, name: str, scope: str) -> tuple[ApiKey, str]:
    """Make a key for the actor's side; return it with its whole text, which is shown once and kept nowhere.

    scope: of ApiKey.Scope. Raises OnlyTheOwner (a member of a team), InvalidInput, TooManyKeys. Rule: issue "Partner access".
    """
    name = name.strip()
    if not name or len(name) > 60:
        raise InvalidInput(fields={"name": _("Give the key a name of at most 60 characters.")})
    if scope not in ApiKey.Scope.values:
        raise InvalidInput(fields={"scope": _("Choose what the key may do.")})
    side = lock_own_side()
    if ApiKey.objects.filter(**side, revoked_at=None).count() >= MOST_KEYS:
        raise TooManyKeys
    public_id = "".join(secrets.choice(PLAIN) for _position in range(12))
    text = f"{key_prefix()}{public_id}_{''.join(secrets.choice(ALPHABET) for _position in range(SECRET_LENGTH))}"
    key = ApiKey.objects.create(
        **side,
        name=name,
        public_id=public_id,
        key_hash=_hashed(text),
        scope=scope,
        is_live=settings.PAYMENTS_LIVE,
        created_by_id=acting_user_id(),
    )
    record_audit(
        "api.key.created", key, merchant_id=key.merchant_id, data={"name": name, "scope": scope, "start": key.start}
    )
    return key, text


@transaction.atomic
def revoke_api_key(*, key_id: UUID) -> ApiKey:
    """End a key at once and for good; again changes nothing. Raises OnlyTheOwner, NotFound (also another's)."""
    key = ApiKey.objects.filter(pk=key_id).first()
    if key is None:
        raise NotFound
    require_decider()
    revoked = ApiKey.objects.filter(pk=key_id, revoked_at=None).update(
        revoked_at=timezone.now(), revoked_by_id=acting_user_id()
    )
    key.refresh_from_db()
    if revoked:
        record_audit("api.key.revoked", key, merchant_id=key.merchant_id, data={"name": key.name, "start": key.start})
    return key


def key_holder(text: str) -> KeyHolder | None:
    """Return who a key acts for; None for one that is no key, revoked, of the other mode, or whose creator may no longer.

    One query, by the part of the key that is no secret; the rest is compared in constant time.
    """
    match = KEY.fullmatch(text)
    if match is None or match[1] != key_prefix():
        return None
    if current_actor().role in ("none", "authentication"):
        row = _holder_row(match[2])
    else:
        with acting_as(AUTHENTICATION):
            row = _holder_row(match[2])
    if row is None or not hmac.compare_digest(row["key_hash"], _hashed(text)):
        return None
    return KeyHolder(
        key_id=row["key_id"],
        may_write=row["scope"] == ApiKey.Scope.WRITE,
        last_used_at=row["last_used_at"],
        actor=Actor(row["role"], row["user_id"], row["merchant_id"], row["influencer_id"]),
    )


def note_key_used(*, key_id: UUID, used_at: datetime) -> bool:
    """Remember when a key was last used, to the minute; False where that is known already."""
    with acting_as(SYSTEM):
        changed = (
            ApiKey.objects.filter(pk=key_id)
            .filter(Q(last_used_at=None) | Q(last_used_at__lte=used_at - USE_NOTED_EVERY))
            .update(last_used_at=used_at)
        )
    return changed == 1


def _holder_row(public_id: str) -> dict | None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM api_key_holder(%s)", [public_id])
        row = cursor.fetchone()
        return dict(zip([column.name for column in cursor.description], row, strict=True)) if row else None


def _hashed(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
