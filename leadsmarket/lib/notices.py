"""Where messages wait for the next page: as Django keeps them, under a cookie name that browsers take from this host alone."""

from django.contrib.messages.storage.cookie import CookieStorage
from django.contrib.messages.storage.fallback import FallbackStorage
from django.contrib.messages.storage.session import SessionStorage


class HostCookieStorage(CookieStorage):
    """Django's, with a name that needs HTTPS."""

    cookie_name = "__Host-messages"


class HostStorage(FallbackStorage):
    """The cookie, and the session for what is too long for it. Production's MESSAGE_STORAGE."""

    storage_classes = (HostCookieStorage, SessionStorage)
