"""Every address of the site, how it answers a person, and the tables that say how it must."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import resolve_url
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from tests.authorisation.world import PEOPLE, World

WORDS = {
    "step": "suspend",
    "key": "any",
    "uidb36": "1",
    "token": "any",
    "path": "nothing-here",
    "file_format": "csv",
    "month": "x",
    "chart": "any",
}
"""What stands in an address beside ids."""
STEPS = {"leads/campaigns/<uuid:campaign_id>/<slug:step>/": "pause"}

PARTS = ("deposits/<uuid:deposit_id>/gauge/", "payments/recharge/<uuid:deposit_id>/preview/")
"""Asked as htmx asks for them: without it they lead to their page, which has its own row."""

Row = dict[str, str]
Table = dict[str, Row]


@dataclass(frozen=True)
class Door:
    """One address: its route as it is written in the URLs, and the view behind it."""

    route: str
    name: str
    view: Any

    @property
    def shown_route(self) -> str:
        """The route as the tables have it; the first page's is empty."""
        return self.route or "/"

    @property
    def methods(self) -> list[str]:
        """The methods of an operation of the API; of a page both, since only asking shows which it takes."""
        if not self.is_operation:
            return ["GET", "POST"]
        if hasattr(self.view, "operations"):
            return list(self.view.operations)
        return [name.upper() for name in ("get", "post", "put", "patch", "delete") if hasattr(self.view.cls, name)]

    @property
    def operation(self) -> str:
        """The name of an operation of the API."""
        return self.name.partition(":")[2]

    @property
    def is_operation(self) -> bool:
        return hasattr(self.view, "cls")

    def path(self, world: World) -> str:
        """The address of Atlas' own object, or Salma's."""

        def value(found: re.Match) -> str:
            name = found["name"]
            if name == "step":
                return STEPS.get(self.route, WORDS[name])
            return str(world.of_address.get(self.route, {}).get(name) or world.objects.get(name) or WORDS[name])

        plain = re.sub(r"<(?:\w+:)?(?P<name>\w+)>", value, re.sub(r"\(\?P(<\w+>)[^)]*\)", r"\1", self.route))
        return "/" + plain.replace("^", "").replace("$", "")


def doors(resolver: URLResolver | None = None, route: str = "", namespace: str = "") -> Iterator[Door]:
    """All addresses but the admin's, each once."""
    seen = set()
    for entry in (resolver or get_resolver()).url_patterns:
        whole = route + str(entry.pattern)
        if isinstance(entry, URLResolver):
            if entry.namespace != "admin":
                yield from doors(entry, whole, entry.namespace or namespace)
        elif isinstance(entry, URLPattern) and whole not in seen:
            seen.add(whole)
            yield Door(whole, f"{namespace}:{entry.name}" if namespace else str(entry.name), entry.callback)


def admin_views() -> Iterator[tuple[str, Callable[..., HttpResponse]]]:
    """Every address of the staff site with its view, but those for logging in and out."""
    [admin] = [entry for entry in get_resolver().url_patterns if getattr(entry, "namespace", None) == "admin"]
    yield from _below(admin, "")


def _below(resolver: URLResolver, route: str) -> Iterator[tuple[str, Callable[..., HttpResponse]]]:
    whole = route + str(resolver.pattern)
    for entry in resolver.url_patterns:
        if isinstance(entry, URLResolver):
            yield from _below(entry, whole)
        elif entry.name not in ("login", "logout"):
            yield whole + str(entry.pattern), entry.callback


def ask(client: Client, method: str, path: str, **content: Any) -> HttpResponse:
    """Ask, and undo whatever the answer changed, in the database and in the browser."""
    cookies = client.cookies.copy()
    with transaction.atomic():
        response = client.generic(method, path, **content)
        if response.streaming:
            b"".join(response.streaming_content)
        response.close()
        transaction.set_rollback(True)
    client.cookies = cookies
    return response


def outcome(response: HttpResponse) -> str:
    """How a door answers: `login`, the status where it refuses, `-` where it takes no such method, else `in`."""
    status = response.status_code
    if status in (302, 303) and response["Location"].split("?")[0] in (
        resolve_url(settings.LOGIN_URL),
        "/admin/login/",
    ):
        return "login"
    if status == 405:
        return "-"
    return str(status) if status in (401, 403, 404) or status >= 500 else "in"


def read_table(name: str) -> Table:
    """Read a table: one line per door, one column per person."""
    table = {}
    for line in (Path(__file__).parent / name).read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            words = line.split()
            table[" ".join(words[: -len(PEOPLE)])] = dict(zip(PEOPLE, words[-len(PEOPLE) :], strict=True))
    return table


def line(key: str, row: Row) -> str:
    """A line of a table, as its file has it."""
    return f"{key:<76}" + "".join(f"{row[person]:<9}" for person in PEOPLE).rstrip()
