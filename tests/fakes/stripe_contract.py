"""Checks requests against Stripe's own description (stripe_openapi_subset.json), refusing as the real API refuses."""

import json
import re
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

CONTRACT = json.loads((Path(__file__).parent / "stripe_openapi_subset.json").read_text(encoding="utf-8"))
API_VERSION = CONTRACT["info"]["version"]
FORM = "application/x-www-form-urlencoded"

# Gone from the API; recipes on the web still send them.
REMOVED = {"payment_method_types": "payment_method_types_no_longer_supported"}


class RequestError(Exception):
    """What Stripe would answer instead of doing it."""

    def __init__(self, code: str, message: str, param: str = "", *, status: int = 400, **more: Any) -> None:
        super().__init__(message)
        self.status = status
        self.error = {"type": "invalid_request_error", "code": code, "message": message, **more}
        if param:
            self.error["param"] = param


def operation_for(method: str, path: str) -> tuple[str, dict[str, Any], tuple[str, ...]]:
    """Return template, operation and path arguments of a request."""
    for template, operations in CONTRACT["paths"].items():
        match = re.fullmatch(re.sub(r"\{\w+\}", "([^/]+)", template), path)
        if match and method.lower() in operations:
            return template, operations[method.lower()], match.groups()
    raise RequestError("resource_missing", f"Unrecognized request URL ({method}: {path}).", status=404)


def read_request(operation: dict[str, Any], query: str, body: str) -> dict[str, Any]:
    """Decode and check query or form; return the parameters with their types."""
    if "requestBody" in operation:
        schema = operation["requestBody"]["content"][FORM]["schema"]
        if query:
            raise RequestError("parameter_unknown", "A POST has its parameters in the body.")
        return checked(decode(body), schema)
    parameters = [one for one in operation.get("parameters", []) if one["in"] == "query"]
    schema = {
        "type": "object",
        "properties": {one["name"]: one["schema"] for one in parameters},
        "required": [one["name"] for one in parameters if one.get("required")],
        "additionalProperties": False,
    }
    return checked(decode(query), schema)


def decode(text: str) -> dict[str, Any]:
    """Undo the brackets of a form: `a[b][0]=1` is {"a": {"b": {"0": "1"}}}."""
    result: dict[str, Any] = {}
    for name, value in parse_qsl(text, keep_blank_values=True, strict_parsing=bool(text)):
        path = re.findall(r"[^\[\]]+", name)
        target = result
        for part in path[:-1]:
            target = target.setdefault(part, {})
            if not isinstance(target, dict):
                raise RequestError("parameter_invalid", f"{name} is given twice.", name)
        if path[-1] in target:
            raise RequestError("parameter_invalid", f"{name} is given twice.", name)
        target[path[-1]] = value
    return result


def checked(value: Any, schema: dict[str, Any], name: str = "") -> Any:
    """Return a decoded value with the types that the schema asks for. Raises RequestError."""
    if "anyOf" in schema:
        return _first_that_fits(value, schema["anyOf"], name)
    kind = schema.get("type")
    if kind == "object":
        return _checked_object(value, schema, name)
    if kind == "array":
        return _checked_array(value, schema, name)
    if not isinstance(value, str):
        raise RequestError("parameter_invalid", f"Invalid {kind}: {name}", name)
    if kind == "integer":
        if not re.fullmatch(r"-?\d+", value):
            raise RequestError("parameter_invalid_integer", f"Invalid integer: {value}", name)
        return int(value)
    if kind == "boolean":
        if value not in ("true", "false"):
            raise RequestError("parameter_invalid_boolean", f"Invalid boolean: {value}", name)
        return value == "true"
    if "enum" in schema and value not in schema["enum"]:
        raise RequestError("parameter_invalid", f"Invalid {name}: must be one of {schema['enum'][:9]}", name)
    return value


def _first_that_fits(value: Any, schemas: list[dict[str, Any]], name: str) -> Any:
    refused: RequestError | None = None
    for schema in schemas:
        try:
            return checked(value, schema, name)
        except RequestError as error:
            refused = refused or error
    raise refused or RequestError("parameter_invalid", f"Invalid {name}", name)


def _checked_object(value: Any, schema: dict[str, Any], name: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise RequestError("parameter_invalid", f"Invalid object: {name}", name)
    properties = schema.get("properties", {})
    others = schema.get("additionalProperties", False)
    result = {}
    for key, item in value.items():
        inner = f"{name}[{key}]" if name else key
        if key in properties:
            result[key] = checked(item, properties[key], inner)
        elif isinstance(others, dict):
            result[key] = checked(item, others, inner)
        else:
            code = REMOVED.get(key, "parameter_unknown")
            raise RequestError(code, f"Received unknown parameter: {inner}", inner)
    for key in schema.get("required", []):
        if key not in result:
            inner = f"{name}[{key}]" if name else key
            raise RequestError("parameter_missing", f"Missing required param: {inner}.", inner)
    return result


def _checked_array(value: Any, schema: dict[str, Any], name: str) -> list[Any]:
    if not isinstance(value, dict) or list(value) != [str(number) for number in range(len(value))]:
        raise RequestError("parameter_invalid", f"Invalid array: {name}", name)
    return [checked(item, schema["items"], f"{name}[{number}]") for number, item in value.items()]
