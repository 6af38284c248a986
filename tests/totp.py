"""Codes of an authenticator app (RFC 6238, six digits, 30 seconds), for tests that log in with one."""

import base64
import hashlib
import hmac
import re
import struct
import time

from django.test import Client, TestCase
from django.urls import reverse


def code_now(secret: str, *, steps: int = 0) -> str:
    """The code that an app shows now, or `steps` times 30 seconds later."""
    counter = struct.pack(">Q", int(time.time()) // 30 + steps)
    digest = hmac.new(base64.b32decode(secret), counter, hashlib.sha1).digest()
    start = digest[-1] & 15
    number = struct.unpack(">I", digest[start : start + 4])[0] & 0x7FFFFFFF
    return f"{number % 1_000_000:06}"


def set_up(client: Client) -> tuple[str, list[str]]:
    """Set up the second factor in a freshly logged-in browser, as a person does; return its key and the recovery codes."""
    page = client.get(reverse("mfa_activate_totp")).content.decode()
    secret = re.search(r'data-copy="([A-Z2-7]+)"', page).group(1)
    with TestCase.captureOnCommitCallbacks(execute=True):
        answer = client.post(reverse("mfa_activate_totp"), {"code": code_now(secret)}, follow=True)
    return secret, re.findall(r'<code class="user-select-all">(\d{8})</code>', answer.content.decode())
