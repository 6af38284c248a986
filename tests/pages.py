"""Reading pages in tests: a browser that reads English, amounts as pages write them, the text without its tags."""

import re
from decimal import Decimal

from django.http import HttpResponse
from django.test import Client
from django.utils.translation import override

from accounts.models import User
from leadsmarket.lib.actor import SYSTEM, acting_as
from leadsmarket.lib.money import format_mad


def in_english(user: User, client_of) -> Client:
    """Log somebody in (client_of: the fixture) whose pages are in English."""
    with acting_as(SYSTEM):
        User.objects.filter(pk=user.pk).update(language="en")
    return client_of(user)


def mad(amount: str) -> str:
    """An amount as an English page's source writes it, with its no-break spaces."""
    with override("en"):
        return format_mad(Decimal(amount))


def plain_mad(amount: str) -> str:
    """An amount as `text_of` gives it."""
    return mad(amount).replace("\xa0", " ")


def text_of(response: HttpResponse | str) -> str:
    """What a page or a piece of one says, without tags, in single spaces."""
    html = response if isinstance(response, str) else response.content.decode()
    return " ".join(re.sub(r"<[^>]+>", " ", html).replace("\xa0", " ").split())


def link(response: HttpResponse, rel: str) -> str:
    """The address of the page's link `rel` (next, prev); empty where there is none."""
    found = re.search(rf'rel="{rel}" href="([^"]+)"', response.content.decode())
    return found[1].replace("&amp;", "&") if found else ""
