"""What Sentry is told: a real report, sent by the real library to a server that takes its place."""

import gzip
import json
import os
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import brotli
import pytest

from leadsmarket.lib.error_reports import clean_breadcrumb, clean_event

ROOT = Path(__file__).resolve().parents[2]
# A page that fails while it holds somebody's data, in a process of its own: the library changes all of Django.
FAILING_SITE = """
import io, sys
from wsgiref.util import setup_testing_defaults
import django
django.setup()
from django.core.handlers.wsgi import WSGIHandler
from django.conf import settings
from django.urls import path
import sentry_sdk

def fail(request):
    customer = "Amina Bennani amina@exemple.ma"
    raise ValueError(f"no room for {request.POST['phone']} at amina@exemple.ma")

urlpatterns = [path("fail/", fail)]
sys.modules["failing_urls"] = sys.modules["__main__"]
settings.ROOT_URLCONF = "failing_urls"
settings.MIDDLEWARE = ["leadsmarket.middleware.RequestLogMiddleware"]
settings.ALLOWED_HOSTS = ["127.0.0.1"]
settings.DEBUG = False
settings.DATABASES["default"]["ATOMIC_REQUESTS"] = False
body = b"phone=%2B212612345678"
environ = {
    "REQUEST_METHOD": "POST", "PATH_INFO": "/fail/", "QUERY_STRING": "q=amina@exemple.ma", "CONTENT_LENGTH": str(len(body)),
    "CONTENT_TYPE": "application/x-www-form-urlencoded", "HTTP_COOKIE": "sessionid=abc", "wsgi.input": io.BytesIO(body),
    "HTTP_AUTHORIZATION": "Bearer abcdef",
}
setup_testing_defaults(environ)
answer = {}
for _part in WSGIHandler()(environ, lambda status, headers: answer.update(headers)):
    pass
print(answer["X-Request-ID"])
sentry_sdk.flush(5)
"""


@pytest.fixture
def sentry():
    """A server that keeps what it is sent; its `events` and address."""
    events = []

    class Keep(BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"]))
            unpack = {"gzip": gzip.decompress, "br": brotli.decompress}.get(self.headers.get("Content-Encoding"), bytes)
            text = unpack(body)
            assert "sentry_key=public" in self.headers["X-Sentry-Auth"]
            lines = text.split(b"\n")
            for header, item in zip(lines[1::2], lines[2::2], strict=False):
                if header and json.loads(header).get("type") == "event":
                    events.append(json.loads(item))
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b"{}")

        def log_message(self, *arguments):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Keep)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    server.events = events
    yield server
    server.shutdown()
    server.server_close()


def test_a_report_says_where_and_never_whose(sentry):
    done = subprocess.run(
        [sys.executable, "-c", FAILING_SITE],
        cwd=ROOT,
        env={
            "PATH": os.environ["PATH"],
            "LEADSMARKET_ENV": "local",
            "DJANGO_SETTINGS_MODULE": "leadsmarket.settings",
            "SECRET_KEY": "for-this-test",
            "DATABASE_URL": "postgres://nobody@127.0.0.1:1/none",
            "REDIS_URL": "redis://127.0.0.1:1/0",
            "SENTRY_DSN": f"http://public@127.0.0.1:{sentry.server_address[1]}/7",
            "SENTRY_ENVIRONMENT": "staging",
            "RELEASE": "1.2.3",
        },
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr

    event = next(event for event in sentry.events if "exception" in event)
    whole = json.dumps(event)
    assert (event["environment"], event["release"]) == ("staging", "1.2.3")
    assert event["tags"]["request_id"] == done.stdout.strip()
    assert event["exception"]["values"][-1]["value"] == "no room for +2126•••••78 at a•••@exemple.ma"
    assert event["request"]["url"] == "http://127.0.0.1/fail/"
    assert not {"data", "cookies", "query_string", "env"} & set(event["request"])
    for secret in ("amina@", "Amina", "612345678", "sessionid", "Bearer abcdef"):
        assert secret not in whole


def test_arguments_of_tasks_and_people_stay_here():
    event = clean_event(
        {
            "user": {"id": 7, "email": "amina@exemple.ma", "ip_address": "203.0.113.9"},
            "extra": {
                "celery-job": {"task_name": "accounts.send", "args": ["amina@exemple.ma"], "kwargs": {"text": "Salut"}}
            },
        },
        {},
    )

    assert event["user"] == {"id": "7"}
    assert event["extra"] == {"celery-job": {"task_name": "accounts.send"}}
    assert clean_breadcrumb({"category": "query", "message": "SELECT 'Amina'"}, {}) is None
    assert (
        clean_breadcrumb({"category": "log", "message": "to amina@exemple.ma"}, {})["message"] == "to a•••@exemple.ma"
    )
