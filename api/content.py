"""JSON in and out: numbers with a point are Decimals on both sides, never floats."""

import json
import re
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from decimal import Decimal
from json.encoder import encode_basestring
from typing import Any
from uuid import UUID

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from rest_framework.exceptions import ParseError
from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.parsers import BaseParser
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request

SURROGATE = re.compile(r"\\u[dD][89a-fA-F]")


def to_json(value: Any) -> str:
    """Write `value` as JSON. A Decimal becomes a number as it stands (`80.00`), a time ISO 8601. Raises TypeError."""
    if value is None:
        return "null"
    if value is True:
        return "true"
    if value is False:
        return "false"
    if isinstance(value, str):
        return encode_basestring(value)
    if isinstance(value, int):
        return int.__repr__(value)
    if isinstance(value, Decimal):
        return _number(value)
    if isinstance(value, Mapping):
        return "{" + ",".join(f"{encode_basestring(str(key))}:{to_json(entry)}" for key, entry in value.items()) + "}"
    if isinstance(value, (datetime, date)):
        return f'"{value.isoformat()}"'
    if isinstance(value, (UUID, Promise)):
        return encode_basestring(str(value))
    if isinstance(value, Iterable):
        return "[" + ",".join(to_json(entry) for entry in value) + "]"
    raise TypeError(f"{type(value).__name__} can't be written as JSON")


def _number(value: Decimal) -> str:
    if not value.is_finite():
        raise TypeError("JSON has no number that is not finite")
    return f"{value:f}"


class NumberRenderer(BaseRenderer):
    """Answers in JSON."""

    media_type = "application/json"
    format = "json"
    charset = None

    def render(
        self, data: Any, accepted_media_type: str | None = None, renderer_context: Mapping[str, Any] | None = None
    ) -> bytes:
        return b"" if data is None else to_json(data).encode()


class NumberParser(BaseParser):
    """Reads JSON; refuses what isn't strictly JSON (NaN, Infinity), a name given twice, and what is nested without end."""

    media_type = "application/json"

    def parse(self, stream: Any, media_type: str | None = None, parser_context: Mapping[str, Any] | None = None) -> Any:
        try:
            text = stream.read().decode("utf-8")
            value = json.loads(text, parse_float=Decimal, parse_constant=_refuse_constant, object_pairs_hook=_object_of)
            if SURROGATE.search(text):
                # Half a character is no text: nothing could store it, or answer it.
                json.dumps(value, ensure_ascii=False, default=str).encode()
            return value
        except (ValueError, RecursionError, ArithmeticError) as error:
            raise ParseError(_("The body is not valid JSON.")) from error


def _object_of(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Two readers of a name given twice may each take another value."""
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a name is given twice")
    return found


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON")


class AlwaysJson(BaseContentNegotiation):
    """JSON whatever the client says it accepts: every client of ours reads it."""

    def select_parser(self, request: Request, parsers: list[BaseParser]) -> BaseParser | None:
        content_type = (request.content_type or "").partition(";")[0].strip().lower()
        return next((parser for parser in parsers if parser.media_type == content_type), None)

    def select_renderer(
        self, request: Request, renderers: list[BaseRenderer], format_suffix: str | None = None
    ) -> tuple[BaseRenderer, str]:
        return renderers[0], renderers[0].media_type
