"""Which addresses people may have us call: those of the public internet alone (server-side request forgery, OWASP A10).

Names are resolved once, every address that they have is checked, and the call goes to a checked address: what the name says a
moment later changes nothing.
"""

import ipaddress
import queue
import re
import socket
import threading
from dataclasses import dataclass
from urllib.parse import urlsplit

IpAddress = ipaddress.IPv4Address | ipaddress.IPv6Address

PORTS = frozenset({443, 8443})
LONGEST_URL = 500
# What `is_global` lets pass in one version of Python or another: protocol assignments, 6to4 relays; IPv6 that carries an IPv4
# address (compatible, NAT64, 6to4, Teredo), and old site-local.
NOT_PUBLIC = tuple(
    ipaddress.ip_network(network)
    for network in (
        *("192.0.0.0/24", "192.88.99.0/24"),
        *("::/96", "64:ff9b::/96", "64:ff9b:1::/48", "2001::/32", "2002::/16", "fec0::/10"),
    )
)
# What a resolver may take for a number: decimal, octal, hexadecimal, short forms.
NUMERIC_HOST = re.compile(r"(?:0x[0-9a-f]*|[0-9]+)(?:\.(?:0x[0-9a-f]*|[0-9]+))*\.?", re.IGNORECASE)
NAME = re.compile(r"(?!-)[a-z0-9_-]{1,63}(?<!-)(?:\.(?!-)[a-z0-9_-]{1,63}(?<!-))*", re.IGNORECASE)


class AddressRefused(Exception):
    """The address is no https address of the public internet."""


class NameUnknown(Exception):
    """The name of the address can't be resolved now."""


@dataclass(frozen=True, slots=True)
class Destination:
    """A parsed address: host as names are written in DNS (ASCII), literal IPv6 without brackets."""

    scheme: str
    host: str
    port: int

    @property
    def authority(self) -> str:
        """The `Host` header."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == {"https": 443, "http": 80}[self.scheme] else f"{host}:{self.port}"


def parse_destination(url: str, *, allow_private: bool = False) -> Destination:
    """Return where an address leads, without resolving it. Raises AddressRefused.

    Only https on the ports of PORTS, with a full name or an IP address in its usual form, without a user or a fragment.
    allow_private: for machines of developers and tests, also http, any port and names without a dot.
    """
    if len(url) > LONGEST_URL or not url.isascii() or re.search(r"[\x00-\x20\x7f\\]", url):
        raise AddressRefused
    try:
        parts = urlsplit(url)
        host, port = (parts.hostname or "").removesuffix("."), parts.port
    except ValueError as error:
        raise AddressRefused from error
    if parts.scheme != "https" and not (allow_private and parts.scheme == "http"):
        raise AddressRefused
    if "@" in parts.netloc or "#" in url or port == 0:
        raise AddressRefused
    port = port or (443 if parts.scheme == "https" else 80)
    if not allow_private and (port not in PORTS or not _is_public_host(host)):
        raise AddressRefused
    if not (_literal(host) or (NAME.fullmatch(host) and not NUMERIC_HOST.fullmatch(host))):
        raise AddressRefused
    return Destination(parts.scheme, host, port)


def resolve(destination: Destination, *, seconds: float, allow_private: bool = False) -> list[str]:
    """Return the addresses of a destination, all of them checked. Raises AddressRefused, NameUnknown.

    One private address among several refuses them all. seconds: a resolver that hangs counts as an unknown name.
    """
    found = _looked_up(destination, seconds)
    if not allow_private and not all(is_public(address) for address in found):
        raise AddressRefused
    return found


def is_public(address: str) -> bool:
    """Whether an IP address is one of the public internet: not private, loopback, link-local, shared, reserved, multicast."""
    try:
        ip: IpAddress = ipaddress.ip_address(address.split("%")[0])
    except ValueError:
        return False
    if isinstance(ip, ipaddress.IPv6Address) and ip.ipv4_mapped:
        ip = ip.ipv4_mapped
    if "%" in address or not ip.is_global or ip.is_multicast or ip.is_reserved or ip.is_unspecified:
        return False
    return not any(ip in network for network in NOT_PUBLIC if network.version == ip.version)


def _is_public_host(host: str) -> bool:
    literal = _literal(host)
    return (
        is_public(str(literal)) if literal else "." in host and not host.endswith((".local", ".internal", ".localhost"))
    )


def _literal(host: str) -> IpAddress | None:
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None


def _looked_up(destination: Destination, seconds: float) -> list[str]:
    """Ask the resolver in a thread of its own: it takes no time limit and may hang for long."""
    answers: queue.SimpleQueue[list[str]] = queue.SimpleQueue()

    def ask() -> None:
        try:
            found = socket.getaddrinfo(destination.host, destination.port, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError):
            found = []
        answers.put(list(dict.fromkeys(str(address[0]) for *_kind, address in found)))

    threading.Thread(target=ask, daemon=True).start()
    try:
        found = answers.get(timeout=seconds)
    except queue.Empty:
        found = []
    if not found:
        raise NameUnknown
    return found
