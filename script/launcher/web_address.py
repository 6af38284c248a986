"""The address that the site is served at: is it free, does it answer, how is it written."""

import errno
import http.client
import socket
import time

from launcher.console import Problem

ANYWHERE = ("0.0.0.0", "::", "")


def must_be_free(host: str, port: int) -> None:
    """Fail with one line where the address cannot be listened on."""
    try:
        family, _kind, _protocol, _name, address = socket.getaddrinfo(host or None, port, type=socket.SOCK_STREAM)[0]
    except socket.gaierror:
        raise Problem(f"unknown host {host}; try --host 127.0.0.1 or --host 0.0.0.0") from None
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(address)
            probe.listen(1)
        except OSError as error:
            raise Problem(_refusal(host, port, error)) from None


def _refusal(host: str, port: int, error: OSError) -> str:
    if error.errno == errno.EADDRINUSE:
        return f"port {port} is in use by another program; choose another one: script/server --port {port + 1}"
    if error.errno == errno.EACCES:
        return f"port {port} needs more rights; choose one above 1023: script/server --port 8000"
    return f"cannot listen on {host}:{port} ({error.strerror})"


def public_address(host: str, port: int) -> str:
    """The address to type into a browser on this machine."""
    name = "localhost" if host in (*ANYWHERE, "127.0.0.1", "::1", "localhost") else host
    return f"http://{name}:{port}"


def wait_for_answer(host: str, port: int, seconds: float) -> bool:
    """True once a page comes without a server error; False when the time is over."""
    target = {"0.0.0.0": "127.0.0.1", "": "127.0.0.1", "::": "::1"}.get(host, host)
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        connection = http.client.HTTPConnection(target, port, timeout=10)
        try:
            connection.request("GET", "/")
            if connection.getresponse().status < 500:
                return True
        except (OSError, http.client.HTTPException):
            pass
        finally:
            connection.close()
        time.sleep(0.3)
    return False
