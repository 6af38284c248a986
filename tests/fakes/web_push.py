"""A browser and its maker's push service: takes messages over TLS, checks signature and headers, decrypts them."""

import base64
import json
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_address
from pathlib import Path
from threading import Thread

import http_ece
import jwt
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from cryptography.x509.oid import NameOID


def text(key: bytes) -> str:
    """Bytes as the Push API writes them."""
    return base64.urlsafe_b64encode(key).rstrip(b"=").decode()


def binary(written: str) -> bytes:
    """The reverse of text."""
    return base64.urlsafe_b64decode(written + "=" * (-len(written) % 4))


@dataclass
class FakePushService:
    """What came, as the browser reads it. status: what the next messages are answered; shown: by topic, as a browser shows."""

    origin: str = ""
    status: int = 201
    got: list[dict[str, str]] = field(default_factory=list)
    shown: dict[str, dict[str, str]] = field(default_factory=dict)
    keys: set[str] = field(default_factory=set)
    secret: bytes = b"0123456789abcdef"
    browser_key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))

    @property
    def endpoint(self) -> str:
        """The address that the browser gives the site."""
        return f"{self.origin}/send/browser-1"

    @property
    def public_key(self) -> str:
        """The browser's key for the site."""
        return text(self.browser_key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint))

    @property
    def authentication_secret(self) -> str:
        """The browser's secret for the site."""
        return text(self.secret)

    def take(self, headers: dict[str, str], body: bytes) -> int:
        """Answer one message: 201, or what a real service says to one that is wrong."""
        scheme, _space, rest = headers["authorization"].partition(" ")
        parts = dict(part.strip().split("=", 1) for part in rest.split(","))
        if scheme != "vapid" or not {"t", "k"} <= parts.keys():
            return 401
        key = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), binary(parts["k"]))
        try:
            claims = jwt.decode(parts["t"], key, algorithms=["ES256"], audience=self.origin)
        except jwt.InvalidTokenError:
            return 403
        if not claims["sub"].startswith("mailto:") or claims["exp"] > datetime.now(UTC).timestamp() + 24 * 3600:
            return 403
        if headers["content-encoding"] != "aes128gcm" or not headers["ttl"].isdigit() or len(headers["topic"]) > 32:
            return 400
        if self.status != 201:
            return self.status
        message = json.loads(http_ece.decrypt(body, private_key=self.browser_key, auth_secret=self.secret))
        self.keys.add(parts["k"])
        self.got.append(message | {"urgency": headers["urgency"]})
        self.shown[headers["topic"]] = message
        return 201


@contextmanager
def fake_push_service(settings: object, monkeypatch: object, folder: Path) -> Iterator[FakePushService]:
    """Run the service on this machine, with a certificate that this process trusts, and let the platform reach it."""
    fake = FakePushService()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(fake.take({key.lower(): value for key, value in self.headers.items()}, body))
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_arguments: object) -> None:
            """Say nothing."""

    certificate = _certificate(folder)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    fake.origin = f"https://127.0.0.1:{server.server_port}"
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    settings.WEB_PUSH_HOSTS = ["127.0.0.1"]
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield fake
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _certificate(folder: Path) -> Path:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "push service of tests")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = folder / "push.pem"
    path.write_bytes(
        key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()) + certificate.public_bytes(Encoding.PEM)
    )
    return path
