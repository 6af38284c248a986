"""What leaves for Sentry: where and why the code failed, never whose data it held."""

from typing import Any

from leadsmarket.lib.logs import current_request_id
from leadsmarket.lib.masking import mask_value

# Of a request only what finds it again; of a task nothing that it was given.
KEPT_OF_REQUEST = ("method", "url")
KEPT_HEADERS = ("Host", "User-Agent", "Content-Type", "Hx-Request")
MASKED = ("message", "logentry", "exception", "extra", "breadcrumbs", "tags", "request", "transaction", "threads")


def clean_event(event: Any, hint: dict[str, Any]) -> Any:
    """Return an event without bodies, cookies, queries and arguments, masked, with the request's id as a tag."""
    request = event.get("request")
    if request:
        headers = request.get("headers") or {}
        event["request"] = {name: request[name] for name in KEPT_OF_REQUEST if name in request}
        event["request"]["url"] = str(event["request"].get("url", "")).split("?")[0]
        event["request"]["headers"] = {name: headers[name] for name in KEPT_HEADERS if name in headers}
    if "user" in event:
        event["user"] = {"id": str(event["user"]["id"])} if event["user"].get("id") else {}
    task = event.get("extra", {}).get("celery-job")
    if isinstance(task, dict):
        event["extra"]["celery-job"] = {"task_name": task.get("task_name", "")}
    if request_id := current_request_id():
        event.setdefault("tags", {})["request_id"] = request_id
    for part in MASKED:
        if part in event:
            event[part] = mask_value(event[part])
    return event


def clean_breadcrumb(breadcrumb: dict[str, Any], hint: dict[str, Any]) -> dict[str, Any] | None:
    """Return a masked trace of what happened before; SQL with its values is left out."""
    return None if breadcrumb.get("category") == "query" else mask_value(breadcrumb)
