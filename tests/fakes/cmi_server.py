"""The acquirer's page as a browser sees it: takes the form, calls back, posts the browser to okUrl or failUrl."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from html import escape
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.error import HTTPError
from urllib.parse import parse_qsl, urlencode
from urllib.request import Request, urlopen

from tests.fakes.cmi import FakeAcquirer, Refused

SEND_ON = "document.forms[0].submit()"


class AcquirerServer:
    """A page with two buttons, `accept` and `refuse`, for each order that is posted to it."""

    def __init__(self, acquirer: FakeAcquirer, url: str) -> None:
        self.acquirer = acquirer
        self.url = url

    def page(self, path: str, form: dict[str, str]) -> str:
        """Answer one request with a page."""
        if path == "/fim/est3Dgate":
            oid = self.acquirer.open_page(form)
            amount = escape(form["amount"])
            buttons = "".join(f'<button name="answer" value="{one}">{one}</button>' for one in ("accept", "refuse"))
            oid_field = f'<input type="hidden" name="oid" value="{oid}">'
            return f'<h1>{amount}</h1><form method="post" action="/answer">{oid_field}{buttons}</form>'
        accepted = form["answer"] == "accept"
        fields = self.acquirer.accepted(form["oid"]) if accepted else self.acquirer.refused(form["oid"])
        answer = self.call_back(fields)
        target = fields["okUrl" if answer == "ACTION=POSTAUTH" else "failUrl"]
        inputs = "".join(f'<input type="hidden" name="{escape(n)}" value="{escape(v)}">' for n, v in fields.items())
        return f'<form method="post" action="{escape(target)}">{inputs}</form><script>{SEND_ON}</script>'

    def call_back(self, fields: dict[str, str]) -> str:
        """Call the shop over the network, and act on its answer."""
        try:
            with urlopen(Request(fields["callbackUrl"], urlencode(fields).encode()), timeout=20) as response:
                text, status = response.read().decode(), response.status
        except HTTPError as error:
            text, status = error.read().decode(), error.code
        self.acquirer.answers.append((text, status, ""))
        if text == "ACTION=POSTAUTH":
            self.acquirer.debited.append(fields["oid"])
        return text


@contextmanager
def acquirer_server(acquirer: FakeAcquirer) -> Iterator[AcquirerServer]:
    """Serve the page on a free port of `localhost`: another site than 127.0.0.1, as a bank's is."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            try:
                page, status = server.page(self.path, dict(parse_qsl(body, keep_blank_values=True))), 200
            except Refused as refused:
                page, status = f"<h1>refused: {escape(str(refused))}</h1>", 400
            self.send_response(status)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.end_headers()
            self.wfile.write(f"<!doctype html><title>Bank</title><link rel=icon href='data:,'>{page}".encode())

        def log_message(self, *_arguments: object) -> None:
            """Say nothing."""

    http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    http.daemon_threads = True
    server = AcquirerServer(acquirer, f"http://localhost:{http.server_port}")
    threading.Thread(target=http.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    yield server
    http.shutdown()
    http.server_close()
