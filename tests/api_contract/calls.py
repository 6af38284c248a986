"""Calling the API as its schema says, and comparing what it answers with the schema."""

from collections.abc import Iterable, Iterator
from functools import cache
from itertools import count
from typing import Any

import schemathesis
from django.core.handlers.wsgi import WSGIHandler
from django.db import transaction
from schemathesis.core import NotSet
from schemathesis.core.failures import Failure, FailureGroup
from schemathesis.core.transport import Response
from schemathesis.generation import GenerationMode
from schemathesis.generation.case import Case
from schemathesis.schemas import APIOperation, BaseSchema
from schemathesis.specs.openapi import checks as of_schema

from conftest import empty_cache
from tests.api_contract.roles import Objects

CHECKS = [
    schemathesis.checks.not_a_server_error,
    of_schema.status_code_conformance,
    of_schema.content_type_conformance,
    of_schema.response_headers_conformance,
    of_schema.response_schema_conformance,
]

_sent = count()


@cache
def api() -> BaseSchema:
    """The schema as it is served, with the site behind it."""
    return schemathesis.openapi.from_wsgi("/api/schema", WSGIHandler(), headers={"Accept-Language": "en"})


def operations() -> Iterator[tuple[str, APIOperation]]:
    """Every operation with its name, as `create_lead`."""
    for found in api().get_all_operations():
        operation = found.ok()
        yield operation.definition.raw["operationId"], operation


def boundary_cases(operation: APIOperation) -> Iterator[Case]:
    """Requests at and beyond each limit of the schema: the same ones each time."""
    schema = api()
    return schema.iter_coverage_cases(
        operation, generation_modes=list(GenerationMode), generation_config=schema.config.generation
    )


def stay_below_limits() -> None:
    """Forget the requests counted until now, every few requests: the lowest limit is ten a minute."""
    if next(_sent) % 8 == 0:
        empty_cache()


def answer_to(case: Case, headers: dict[str, str]) -> Response:
    """Send a request and undo what it did. Raises AssertionError where the answer isn't what the schema says."""
    stay_below_limits()
    with transaction.atomic():
        response = case.call(headers=headers)
        transaction.set_rollback(True)
    try:
        case.validate_response(response, checks=CHECKS, headers=headers)
    except FailureGroup as group:
        raise AssertionError(told(case, response, group.exceptions)) from None
    _check_error(case, response)
    return response


def with_real_objects(case: Case, objects: Objects, name: str) -> Case:
    """Let the ids in a request's address, parameters and body be those of rows that exist."""
    if case.path_parameters:
        case.path_parameters = objects.path(name, list(case.path_parameters))
    if not isinstance(case.body, NotSet):
        case.body = _real(case.body, objects.body(name))
    return case


def _real(value: Any, wanted: Any) -> Any:
    if not isinstance(value, dict) or not isinstance(wanted, dict):
        return value
    ids = {key: wanted[key] for key in value if key.endswith("_id") and key in wanted and isinstance(value[key], str)}
    return value | ids


def _check_error(case: Case, response: Response) -> None:
    if response.status_code < 400 or case.method == "HEAD":
        return
    body = response.json()
    assert body["success"] is False, told(case, response)
    assert set(body) == {"success", "error"}, told(case, response)
    assert set(body["error"]) == {"code", "message", "fields"}, told(case, response)
    assert body["error"]["message"], told(case, response)
    assert "Traceback" not in response.text, told(case, response)


def told(case: Case, response: Response, failures: Iterable[Failure] = ()) -> str:
    """Return what was asked and answered, for people."""
    asked = f"{case.method} {response.request.url} {_short(response.request.body)}"
    problems = "; ".join(f"{failure.title}: {failure.message[:300]}" for failure in failures)
    return f"{asked} -> {response.status_code} {_short(response.text)} {problems}"


def _short(text: Any) -> str:
    return repr(text)[:500]
