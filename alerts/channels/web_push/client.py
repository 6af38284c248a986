"""Encrypting and signing for the browser makers' push services; the only file that knows pywebpush and VAPID keys."""

import base64
import json
import time
from urllib.parse import urlsplit

from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from py_vapid import Vapid02
from pywebpush import WebPusher

from leadsmarket.lib.outbound import Answer, call

TOKEN_SECONDS = 12 * 3600
"""How long a signature holds; push services take at most a day."""


def post_message(
    *,
    endpoint: str,
    public_key: str,
    authentication_secret: str,
    message: dict[str, str],
    private_key: str,
    contact: str,
    topic: str,
    urgent: bool,
    seconds_to_live: int,
) -> Answer:
    """Hand one message to a browser's push service and return its answer. Raises NoAnswer, ValueError for keys that are none.

    topic: a message with the same topic that still waits there is replaced, so that a repeat is shown once.
    """
    keys = {"endpoint": endpoint, "keys": {"p256dh": public_key, "auth": authentication_secret}}
    content = WebPusher(keys).encode(json.dumps(message).encode())["body"]
    address = urlsplit(endpoint)
    claims = {
        "aud": f"{address.scheme}://{address.netloc}",
        "exp": int(time.time()) + TOKEN_SECONDS,
        "sub": contact,
    }
    headers = {
        **Vapid02.from_string(private_key).sign(claims),
        "Content-Encoding": "aes128gcm",
        "Content-Type": "application/octet-stream",
        "TTL": str(seconds_to_live),
        "Urgency": "high" if urgent else "normal",
        "Topic": topic,
    }
    return call("POST", endpoint, headers=headers, content=content)


def public_key_of(private_key: str) -> str:
    """Return the public key that browsers subscribe with (base64url). Raises ValueError for a key that is none."""
    key = Vapid02.from_string(private_key).public_key
    return _text(key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint))


def new_private_key() -> str:
    """Return a new private key, as the setting WEB_PUSH_PRIVATE_KEY takes it."""
    vapid = Vapid02()
    vapid.generate_keys()
    number = vapid.private_key.private_numbers().private_value
    return _text(number.to_bytes(32, "big"))


def _text(key: bytes) -> str:
    return base64.urlsafe_b64encode(key).rstrip(b"=").decode()
