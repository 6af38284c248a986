"""`Authorization: Bearer lm_live_…`: programs of merchants and influencers (docs/partner-access.md)."""

import logging

from django.core.cache import cache
from django.utils import timezone
from redis import RedisError
from rest_framework import authentication
from rest_framework.request import Request

from api.authentication import ALL_SCOPES, KEY_PREFIX, ApiUser, Credentials, Scope, bearer
from api.errors import NotAuthenticated
from api.services.keys import USE_NOTED_EVERY, KeyHolder, key_holder
from api.tasks import note_key_used_task
from leadsmarket.lib.queue import enqueue

logger = logging.getLogger(__name__)

READ_ONLY: frozenset[Scope] = frozenset({"read"})


class ApiKeyAuthentication(authentication.BaseAuthentication):
    """An API key. One query; its last use is written by a worker, once a minute at most."""

    def authenticate(self, request: Request) -> tuple[ApiUser, Credentials] | None:
        text = bearer(request)
        if not text.startswith(KEY_PREFIX):
            return None
        holder = key_holder(text)
        if holder is None:
            raise NotAuthenticated
        _note_use(holder)
        assert holder.actor.user_id is not None  # noqa: S101 - each key has its creator
        scopes = ALL_SCOPES if holder.may_write else READ_ONLY
        return ApiUser(holder.actor.user_id), Credentials(holder.actor, holder.key_id, scopes)

    def authenticate_header(self, request: Request) -> str:
        return "Bearer"


def _note_use(holder: KeyHolder) -> None:
    now = timezone.now()
    if holder.last_used_at and now - holder.last_used_at < USE_NOTED_EVERY:
        return
    try:
        # Until the worker has written it, one request in a minute asks for it, not each.
        is_first = cache.add(f"api-key-used:{holder.key_id}", True, USE_NOTED_EVERY.seconds)
    except RedisError as error:
        logger.warning("the use of API key %s is not noted: %s", holder.key_id, type(error).__name__)
        return
    if is_first:
        enqueue(note_key_used_task, str(holder.key_id), now.isoformat())
