"""The OpenAPI document is valid and complete; its page works under our content security policy."""

import json
import re

import pytest
from django.core.management import call_command
from django.urls import URLResolver, get_resolver

from api.errors import expected_answer
from api.tests.conftest import Caller

METHODS = ("get", "post", "put", "patch", "delete")


@pytest.fixture(scope="module")
def document(django_db_setup, django_db_blocker) -> dict:
    with django_db_blocker.unblock():
        return Caller().get("schema").body


def operations(document: dict):
    for path, item in document["paths"].items():
        for method, operation in item.items():
            if method in METHODS:
                yield f"{method.upper()} {path}", operation


def test_the_document_is_valid_and_without_warnings(tmp_path):
    call_command("spectacular", "--validate", "--fail-on-warn", "--file", str(tmp_path / "schema.yml"))


def test_every_address_of_the_api_is_in_the_document(document):
    described = {re.sub(r"\{\w+\}", "{}", path) for path in document["paths"]}
    found = set()

    def walk(resolver: URLResolver, prefix: str) -> None:
        for entry in resolver.url_patterns:
            route = prefix + str(entry.pattern)
            if isinstance(entry, URLResolver):
                walk(entry, route)
            elif hasattr(entry.callback, "cls") and route.startswith("api/"):
                found.add("/" + re.sub(r"<[^>]+>", "{}", route))

    walk(get_resolver(), "")
    assert described == found
    assert len(found) >= 15


def test_every_operation_says_what_it_takes_and_answers(document):
    identifiers = []
    for name, operation in operations(document):
        identifiers.append(operation["operationId"])
        assert operation["tags"] != [""], name
        assert operation["summary"], name
        success = [status for status in operation["responses"] if status.startswith("2")]
        assert len(success) == 1, name
        content = operation["responses"][success[0]].get("content", {})
        assert content, name
        assert "429" in operation["responses"], name
        if operation.get("security"):
            assert {"401", "403"} <= set(operation["responses"]), name
        if name.split()[0] in ("POST", "PUT", "PATCH"):
            assert "400" in operation["responses"], name
        for status, response in operation["responses"].items():
            if status >= "4":
                schema = response["content"]["application/json"]
                assert schema["schema"] == {"$ref": "#/components/schemas/Error"}, (name, status)
                assert schema["examples"], (name, status)
    assert len(identifiers) == len(set(identifiers))


def test_writes_take_an_idempotency_key(document):
    for name, operation in operations(document):
        names = {parameter["name"] for parameter in operation.get("parameters", [])}
        is_write = not name.startswith("GET")
        assert ("Idempotency-Key" in names) == (is_write and bool(operation.get("security"))), name


def test_tags_are_those_that_are_described(document):
    described = {tag["name"] for tag in document["tags"]}
    assert {tag for _name, operation in operations(document) for tag in operation["tags"]} <= described


def test_the_page_loads_files_of_ours_alone(client, db):
    response = client.get("/api/docs")
    page = response.content.decode()

    assert response.status_code == 200
    assert "unsafe-inline" not in response["Content-Security-Policy"]
    assert not re.search(r"<script(?![^>]*\bsrc=\"/static/)", page)
    assert not re.search(r"<style|\sstyle=|\son\w+=|https?://", page)
    for file in re.findall(r'(?:src|href)="(/static/[^"]+)"', page):
        found = client.get(file)
        assert (found.status_code, len(b"".join(found.streaming_content)) > 100) == (200, True), file
        found.close()


def test_docs_leads_there(client, db):
    response = client.get("/docs")
    assert (response.status_code, response.url) == (302, "/api/docs")


def test_an_error_in_the_document_has_the_shape_of_errors(document):
    from api.errors import NotAuthenticated

    answer = expected_answer(NotAuthenticated())
    error = document["components"]["schemas"]["ErrorDetail"]
    assert set(error["properties"]) == set(error["required"]) == set(answer.error)
    json.dumps(answer.error)
