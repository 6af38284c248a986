"""Which addresses people may have us call: a table of tricks, names that lead inside, names that change."""

import socket
from collections.abc import Callable
from threading import Event

import pytest
from django.db import transaction

from leadsmarket.lib.addresses import AddressRefused, NameUnknown, is_public, parse_destination, resolve
from leadsmarket.lib.outbound import NoAnswer, call_partner
from tests.fakes.certificates import make_certificates
from tests.fakes.webhook_receiver import FakeReceiver

PUBLIC = "93.184.215.14"


@pytest.fixture
def hosts(monkeypatch) -> Callable[..., list[str]]:
    """A function that gives names addresses, as a hosts file would; each further answer of a name is its next look-up's.

    Returns the list of names that were looked up.
    """
    asked: list[str] = []
    answers: dict[str, list[list[str]]] = {}
    real = socket.getaddrinfo

    def look_up(host, port, *arguments, **keywords):
        if host not in answers:
            return real(host, port, *arguments, **keywords)
        asked.append(host)
        addresses = answers[host].pop(0) if len(answers[host]) > 1 else answers[host][0]
        if not addresses:
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        return [found for address in addresses for found in real(address, port, type=socket.SOCK_STREAM)]

    def name(host: str, *look_ups: list[str]) -> list[str]:
        answers[host] = list(look_ups)
        return asked

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    return name


PRIVATE = [
    "127.0.0.1",
    "127.8.9.10",
    "10.0.0.1",
    "172.16.0.1",
    "172.31.255.255",
    "192.168.1.1",
    "169.254.169.254",
    "100.64.0.1",
    "0.0.0.0",
    "0.1.2.3",
    "192.0.0.8",
    "192.88.99.1",
    "192.0.2.1",
    "198.18.0.1",
    "198.51.100.7",
    "203.0.113.9",
    "224.0.0.1",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::ffff:127.0.0.1",
    "::ffff:a9fe:a9fe",
    "::127.0.0.1",
    "::7f00:1",
    "64:ff9b::7f00:1",
    "64:ff9b:1::a00:1",
    "2002:7f00:1::1",
    "2001:0:4136:e378:8000:63bf:3fff:fdd2",
    "fc00::1",
    "fd12:3456::1",
    "fe80::1",
    "fe80::1%eth0",
    "fec0::1",
    "ff02::1",
    "2001:db8::1",
    "100::1",
    "no address",
]


@pytest.mark.parametrize("address", PRIVATE)
def test_addresses_that_are_not_on_the_internet(address):
    assert not is_public(address)


@pytest.mark.parametrize("address", [PUBLIC, "1.1.1.1", "196.200.128.1", "2606:4700::1111", "::ffff:1.1.1.1"])
def test_addresses_that_are(address):
    assert is_public(address)


REFUSED = [
    "http://example.com/",
    "ftp://example.com/",
    "file:///etc/passwd",
    "gopher://example.com/",
    "//example.com/",
    "example.com",
    "",
    "https://",
    "https:///path",
    "https://localhost/",
    "https://printer/",
    "https://printer.local/",
    "https://db.internal/",
    "https://x.localhost/",
    "https://127.0.0.1/",
    "https://127.0.0.1./",
    "https://10.1.2.3/",
    "https://169.254.169.254/latest/meta-data/",
    "https://[::1]/",
    "https://[::ffff:127.0.0.1]/",
    "https://[fe80::1%25eth0]/",
    "https://0.0.0.0/",
    "https://0/",
    "https://2130706433/",
    "https://0x7f000001/",
    "https://0x7f.0.0.1/",
    "https://017700000001/",
    "https://0177.0.0.1/",
    "https://127.1/",
    "https://1/",
    "https://93.184.55054/",
    "https://١٢٧.0.0.1/",
    "https://①②⑦.⓪.⓪.①/",
    "https://example。com/",
    "https://user@example.com/",
    "https://user:password@example.com/",
    "https://example.com@127.0.0.1/",
    "https://example.com#@127.0.0.1/",
    "https://example.com\\@127.0.0.1/",
    "https://example.com/ path",
    "https://example.com/\r\nHost: 127.0.0.1",
    "https://exam\tple.com/",
    "https://example.com:22/",
    "https://example.com:6379/",
    "https://example.com:0/",
    "https://example.com:99999/",
    "https://example.com:x/",
    "https://-example.com/",
    "https://example..com/",
    "https://exa$mple.com/",
    "https://example.com/" + "x" * 500,
]


@pytest.mark.parametrize("url", REFUSED)
def test_addresses_that_are_refused_as_they_are_written(url):
    with pytest.raises(AddressRefused):
        parse_destination(url)


@pytest.mark.parametrize(
    ("url", "host", "port", "authority"),
    [
        ("https://example.com/hooks?a=1", "example.com", 443, "example.com"),
        ("https://Hooks.Example.com.:8443/", "hooks.example.com", 8443, "hooks.example.com:8443"),
        ("https://xn--bcher-kva.example/", "xn--bcher-kva.example", 443, "xn--bcher-kva.example"),
        (f"https://{PUBLIC}/", PUBLIC, 443, PUBLIC),
        ("https://[2606:4700::1111]/", "2606:4700::1111", 443, "[2606:4700::1111]"),
    ],
)
def test_addresses_that_are_taken(url, host, port, authority):
    destination = parse_destination(url)
    assert (destination.host, destination.port, destination.authority) == (host, port, authority)


def test_a_machine_of_developers_may_be_reached_where_that_is_allowed():
    destination = parse_destination("http://localhost:8000/x", allow_private=True)
    assert (destination.scheme, destination.host, destination.port) == ("http", "localhost", 8000)
    with pytest.raises(AddressRefused):
        parse_destination("ftp://localhost/", allow_private=True)


@pytest.mark.parametrize(
    "addresses",
    [
        ["127.0.0.1"],
        ["10.0.0.5"],
        ["169.254.169.254"],
        ["::1"],
        ["::ffff:10.0.0.1"],
        [PUBLIC, "127.0.0.1"],
        ["fe80::1"],
    ],
)
def test_a_name_that_leads_inside_is_refused_whatever_else_it_has(hosts, addresses):
    hosts("inside.example.com", addresses)
    with pytest.raises(AddressRefused):
        resolve(parse_destination("https://inside.example.com/"), seconds=2)


def test_a_name_that_nobody_knows(hosts):
    hosts("unknown.example.com", [])
    with pytest.raises(NameUnknown):
        resolve(parse_destination("https://unknown.example.com/"), seconds=2)


def test_a_resolver_that_hangs_counts_as_an_unknown_name(monkeypatch):
    released = Event()
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_arguments, **_keywords: released.wait(5) and [])
    with pytest.raises(NameUnknown):
        resolve(parse_destination("https://slow.example.com/"), seconds=0.1)
    released.set()


def test_a_name_is_looked_up_once_so_that_it_cannot_change_between_check_and_call(hosts):
    """Rebinding: the first answer is public, each further one is this machine, where somebody listens."""
    with FakeReceiver() as receiver:
        asked = hosts("rebind.example.com", ["240.0.0.1"], ["127.0.0.1"])
        with pytest.raises(NoAnswer):
            call_partner(
                f"http://rebind.example.com:{receiver.port}/",
                content=b"{}",
                headers={},
                seconds=0.5,
                keep=100,
                allow_private=True,
            )
        assert asked == ["rebind.example.com"]
        assert receiver.requests == 0


def test_the_call_goes_to_the_checked_address_under_the_name(hosts):
    with FakeReceiver() as receiver:
        hosts("partner.example.com", ["127.0.0.1"])
        url = f"http://partner.example.com:{receiver.port}/hooks?a=1"
        answer = call_partner(url, content=b"{}", headers={"x-a": "1"}, seconds=5, keep=100, allow_private=True)

        assert answer.status == 401
        [headers] = receiver.headers
        assert (headers["host"], headers["x-a"]) == (f"partner.example.com:{receiver.port}", "1")


def test_no_proxy_of_the_environment_stands_between(hosts, monkeypatch):
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:1")
    with FakeReceiver() as receiver:
        answer = call_partner(receiver.url, content=b"", headers={}, seconds=5, keep=100, allow_private=True)
    assert answer.status == 401


def test_another_address_is_tried_where_the_first_one_does_not_listen(hosts):
    with FakeReceiver() as receiver:
        hosts("two.example.com", ["127.0.0.2", "127.0.0.1"])
        url = f"http://two.example.com:{receiver.port}/"
        answer = call_partner(url, content=b"", headers={}, seconds=5, keep=100, allow_private=True)
        assert (answer.status, receiver.requests) == (401, 1)


@pytest.mark.parametrize(("name", "kind"), [("partner.example.com", ""), ("other.example.com", "tls")])
def test_the_certificate_must_be_the_names_though_the_call_goes_to_an_address(hosts, monkeypatch, tmp_path, name, kind):
    authority, certificate = make_certificates(tmp_path, "partner.example.com")
    monkeypatch.setenv("SSL_CERT_FILE", str(authority))
    hosts(name, ["127.0.0.1"])
    with FakeReceiver(certificate) as receiver:
        url = f"https://{name}:{receiver.port}/"
        if kind:
            with pytest.raises(NoAnswer) as caught:
                call_partner(url, content=b"", headers={}, seconds=5, keep=100, allow_private=True)
            assert (caught.value.kind, receiver.requests) == (kind, 0)
        else:
            answer = call_partner(url, content=b"", headers={}, seconds=5, keep=100, allow_private=True)
            assert (answer.status, receiver.server_names) == (401, [name])


def test_a_certificate_that_nobody_vouches_for_is_not_trusted(hosts, tmp_path):
    _authority, certificate = make_certificates(tmp_path, "partner.example.com")
    hosts("partner.example.com", ["127.0.0.1"])
    with FakeReceiver(certificate) as receiver:
        url = f"https://partner.example.com:{receiver.port}/"
        with pytest.raises(NoAnswer) as caught:
            call_partner(url, content=b"", headers={}, seconds=5, keep=100, allow_private=True)
    assert (caught.value.kind, receiver.requests) == ("tls", 0)


@pytest.mark.parametrize(
    ("trouble", "kind"), [("silence", "timeout"), ("drip", "timeout"), ("reset", "broken"), ("garbage", "broken")]
)
def test_what_is_no_answer_in_time(trouble, kind):
    with FakeReceiver() as receiver:
        receiver.trouble = [trouble]
        with pytest.raises(NoAnswer) as caught:
            call_partner(receiver.url, content=b"", headers={}, seconds=0.4, keep=100, allow_private=True)
    assert caught.value.kind == kind


def test_nobody_there():
    with pytest.raises(NoAnswer) as caught:
        call_partner("http://127.0.0.1:1/", content=b"", headers={}, seconds=2, keep=100, allow_private=True)
    assert caught.value.kind == "connect"


@pytest.mark.parametrize("trouble", ["slow body", "huge"])
def test_an_answer_that_goes_on_counts_by_its_status(trouble):
    with FakeReceiver() as receiver:
        receiver.trouble = [trouble]
        answer = call_partner(receiver.url, content=b"", headers={}, seconds=0.5, keep=6, allow_private=True)
        assert (answer.status, answer.body) == (200, {"huge": b"xxxxxx", "slow body": b"thanks"}[trouble])
    assert receiver.sent_bytes < 20_000_000


def test_a_redirect_is_an_answer_and_not_followed():
    with FakeReceiver() as receiver:
        receiver.trouble = ["redirect"]
        answer = call_partner(receiver.url, content=b"", headers={}, seconds=2, keep=6, allow_private=True)
        assert (answer.status, receiver.requests) == (302, 1)


@pytest.mark.django_db
def test_never_inside_a_transaction():
    with transaction.atomic(), pytest.raises(RuntimeError):
        call_partner("http://127.0.0.1:1/", content=b"", headers={}, seconds=2, keep=6, allow_private=True)
