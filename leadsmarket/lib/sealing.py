"""Texts that must be read again and yet not stand readable in the database: encrypted by keys of the settings.

`SEALING_KEYS` are texts of any form; the first one seals, all of them open, so that a key can be changed without losing what
older ones sealed. Where none is given, SECRET_KEY is the only one.
"""

import base64
import hashlib

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings

PURPOSE = b"leadsmarket.lib.sealing"


class NotOurs(Exception):
    """No key of ours opens it: the key it was sealed with is no longer in SEALING_KEYS."""


def seal(text: str) -> str:
    """Return `text` encrypted and authenticated; twice the same text gives two different results."""
    return _fernet().encrypt(text.encode()).decode()


def unseal(sealed: str) -> str:
    """Return what `seal` was given. Raises NotOurs."""
    try:
        return _fernet().decrypt(sealed.encode()).decode()
    except InvalidToken as error:
        raise NotOurs from error


def _fernet() -> MultiFernet:
    return MultiFernet([Fernet(_key(text)) for text in settings.SEALING_KEYS or [settings.SECRET_KEY]])


def _key(text: str) -> bytes:
    # The texts are long and random (production refuses others), so no slow derivation is needed.
    return base64.urlsafe_b64encode(hashlib.blake2b(text.encode(), key=PURPOSE, digest_size=32).digest())
